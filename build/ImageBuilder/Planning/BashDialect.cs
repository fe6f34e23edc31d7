using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>Scripts for bash: values are words, and conditions calls of the functions in <c>Planning/Conditions.sh.sbn</c>.</summary>
internal sealed class BashDialect : Dialect
{
    public override Shell Shell => Shell.Bash;

    public override string FilesFolder => "\"$IMAGEBUILDER_FILES\"";

    public override string Head(string title) => $"#!/usr/bin/env bash\n# {title}\n\n";

    public override string Prelude(string action) => "";

    public override string Variable(string name) => $"\"${name}\"";

    public override string Bare(string variable) => Variable(variable);

    public override string Join(IReadOnlyList<string> pieces) => string.Concat(pieces);

    public override string List(IEnumerable<string> values) => string.Join(' ', values.Select(Quote));

    public override string Glob(string pattern) => string.Join('*', Pieces(pattern, '/').Select(p => p.Length == 0 ? "" : Quote(p)));

    public override string Commands(string text) => text.TrimEnd('\n');

    public override string Test(Condition condition) => condition switch
    {
        Condition.Comparison { Value: { } value } comparison => $"{comparison.Operator} {Quote(comparison.Baseline)} {Quote(value)}",
        Condition.Comparison comparison => $"{comparison.Operator} {Quote(comparison.Baseline)}",
        Condition.All all => $"{{ {string.Join(" && ", all.Conditions.Select(Test))}; }}",
        Condition.Any any => $"{{ {string.Join(" || ", any.Conditions.Select(Test))}; }}",
        Condition.Not { Negated: Condition.Not inner } => $"! {{ {Test(inner)}; }}",
        Condition.Not not => $"! {Test(not.Negated)}",
        _ => throw new InvalidOperationException($"{condition.GetType().Name} is not a condition."),
    };
}
