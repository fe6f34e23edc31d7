using System.Globalization;
using System.Text;
using ImageBuilder.Clouds;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>
/// Carries what is only known when a step runs through values and templates: a reference stands in a text as a number between two
/// NULs. The YAML reader refuses NUL in documents, so nothing written there can be taken for one.
/// </summary>
internal sealed class Marks
{
    private const char Mark = '\0';
    private const char Textual = 'T';
    private const char AsWord = 'W';
    private const char Files = 'F';
    private const char NotKnown = '?';
    private const char InVariable = 'V';

    private static readonly string s_opening = $"{Mark}{Textual}";

    private readonly List<(string Shown, string Reference)> _references = [];
    private readonly Dictionary<string, StepSecret> _secrets = [];

    /// <summary>Stands for the folder of the step's files.</summary>
    public static string FilesFolder => $"{Mark}{Files}";

    /// <summary>Stands for a value that nobody has given, while a document is checked by itself.</summary>
    public static string Unknown => $"{Mark}{NotKnown}";

    /// <summary>Stands for what a variable of the script holds.</summary>
    public static string Variable(string name) => $"{Mark}{InVariable}{name}{Mark}";

    /// <summary>The variable that the whole text stands for, or null.</summary>
    public static string? VariableIn(string text) => text is [Mark, InVariable, .. var name, Mark] ? name : null;

    /// <summary>True when the text is not wholly known while planning.</summary>
    public static bool In(string text) => text.Contains(Mark, StringComparison.Ordinal);

    /// <summary>True when the text holds an output of an earlier step, or a value that nobody has given.</summary>
    public static bool Open(string text) => In(text.Replace(FilesFolder, "", StringComparison.Ordinal));

    /// <summary>A text that stands for the output of an earlier step.</summary>
    public string Refer(string shown, string reference)
    {
        var number = _references.IndexOf((shown, reference));
        if (number < 0)
        {
            number = _references.Count;
            _references.Add((shown, reference));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Mark}{Textual}{number}{Mark}");
    }

    /// <summary>A text that stands for a secret of the cloud account.</summary>
    public string Secret(string shown, StoredParameter secret)
    {
        var reference = StepSecret.Prefix + secret.Name;
        _secrets[reference] = new StepSecret(secret.Name, secret.Version);
        return Refer(shown, reference);
    }

    /// <summary>The secrets that scripts refer to, each once.</summary>
    public IReadOnlyList<StepSecret> Secrets(IEnumerable<Script> scripts) =>
        [.. scripts.SelectMany(s => s.Parts).Select(p => p.Reference).OfType<string>().Distinct().Where(_secrets.ContainsKey).Select(r => _secrets[r])];

    /// <summary>The text in one iteration of the loop that stands that many documents deep.</summary>
    public string Within(string text, int depth, int index, string value) => Replaced(text, (_, reference) =>
        reference == StepLoop.ValueAt(depth) ? value
        : reference == StepLoop.IndexAt(depth) ? index.ToString(CultureInfo.InvariantCulture)
        : null);

    /// <summary>The text with the expressions of loops as they were written: nobody but the loop's own step has values for them.</summary>
    public string WithoutLoops(string text) =>
        Replaced(text, (shown, reference) => reference.StartsWith("loop[", StringComparison.Ordinal) ? shown : null);

    private string Replaced(string text, Func<string, string, string?> by)
    {
        var result = new StringBuilder();
        var from = 0;
        for (var start = text.IndexOf(s_opening, StringComparison.Ordinal); start >= 0; start = text.IndexOf(s_opening, from, StringComparison.Ordinal))
        {
            var end = text.IndexOf(Mark, start + 1);
            var (shown, reference) = _references[int.Parse(text.AsSpan(start + 2, end - start - 2), CultureInfo.InvariantCulture)];
            result.Append(text, from, start - from);
            if (by(shown, reference) is { } instead) result.Append(instead);
            else result.Append(text, start, end + 1 - start);
            from = end + 1;
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>The value as one literal of a shell. References in it become literals of their own, quoted when they are filled in.</summary>
    public static string Quote(string value, Dialect dialect)
    {
        if (!In(value)) return dialect.Shell.Quote(value);
        if (VariableIn(value) is { } variable) return dialect.Variable(variable);
        var pieces = new List<string>();
        var rest = value.AsSpan();
        while (rest.Length > 0)
        {
            var next = rest.IndexOf(Mark);
            if (next != 0)
            {
                var literal = next < 0 ? rest : rest[..next];
                pieces.Add(dialect.Shell.Quote(literal.ToString()));
                rest = rest[literal.Length..];
            }
            else if (rest[1] == Textual)
            {
                var end = rest[1..].IndexOf(Mark) + 2;
                pieces.Add($"{Mark}{AsWord}{rest[2..end]}");
                rest = rest[end..];
            }
            else
            {
                pieces.Add(rest[1] == Files ? dialect.FilesFolder : "''");
                rest = rest[2..];
            }
        }

        return dialect.Join(pieces);
    }

    /// <summary>The text as people read it: references stand as the expressions they came from.</summary>
    public string Show(string text) => Split(text).ToString();

    /// <summary>Cuts a rendered script at its references.</summary>
    public Script Split(string rendered, Shell shell = Shell.Bash)
    {
        var parts = new List<ScriptPart>();
        var rest = rendered;
        while (rest.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var start)
        {
            if (start > 0) parts.Add(new ScriptPart(rest[..start]));
            if (rest[start + 1] is not (Textual or AsWord))
            {
                // Among commands, what nobody has given is nothing.
                rest = rest[(start + 2)..];
                continue;
            }

            var end = rest.IndexOf(Mark, start + 1);
            var (shown, reference) = _references[int.Parse(rest.AsSpan(start + 2, end - start - 2), CultureInfo.InvariantCulture)];
            // Shown as a literal too: so it is what stands there later, also for shellcheck.
            parts.Add(rest[start + 1] == AsWord ? new ScriptPart(shell.Quote(shown), reference, Quoted: true) : new ScriptPart(shown, reference));
            rest = rest[(end + 1)..];
        }

        if (rest.Length > 0 || parts.Count == 0) parts.Add(new ScriptPart(rest));
        return new Script(parts, shell);
    }
}
