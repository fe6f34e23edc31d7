using ImageBuilder.Model;
using ImageBuilder.Processes;

namespace ImageBuilder.Planning;

/// <summary>Scripts for PowerShell: values are literals, and conditions calls of the functions in <c>Planning/Conditions.ps1.sbn</c>.</summary>
internal sealed class PowerShellDialect : Dialect
{
    public override Shell Shell => Shell.PowerShell;

    public override string FilesFolder => "$env:IMAGEBUILDER_FILES";

    public override string Head(string title) => $"# {title}\n\n";

    // Whatever goes wrong ends the script with one line that says what it was.
    public override string Prelude(string action) => $$"""
        $ErrorActionPreference = 'Stop'
        Set-StrictMode -Version 3.0
        trap {
            $Host.UI.WriteErrorLine('{{action}}: ' + $_.Exception.GetBaseException().Message)
            exit 1
        }


        """;

    public override string Variable(string name) => $"${name}";

    // Templates write `$` before true and false.
    public override string Bare(string variable) => variable;

    public override string Join(IReadOnlyList<string> pieces) => pieces.Count == 1 ? pieces[0] : $"({string.Join(" + ", pieces)})";

    public override string List(IEnumerable<string> values) => $"@({string.Join(", ", values.Select(Quote))})";

    public override string Glob(string pattern) => List(Pieces(pattern, '/', '\\'));

    public override string Commands(string text) =>
        Marks.In(text) || !PowerShellText.FitsHereString(text) ? Quote(text) : $"@'\n{text}\n'@";

    public override string Test(Condition condition) => condition switch
    {
        Condition.Comparison { Value: { } value } comparison => $"({comparison.Operator} {Quote(comparison.Baseline)} {Quote(value)})",
        Condition.Comparison comparison => $"({comparison.Operator} {Quote(comparison.Baseline)})",
        Condition.All all => $"({string.Join(" -and ", all.Conditions.Select(Test))})",
        Condition.Any any => $"({string.Join(" -or ", any.Conditions.Select(Test))})",
        Condition.Not not => $"(-not {Test(not.Negated)})",
        _ => throw new InvalidOperationException($"{condition.GetType().Name} is not a condition."),
    };
}
