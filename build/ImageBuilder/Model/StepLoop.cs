using System.Globalization;
using System.Text.Json.Serialization;

namespace ImageBuilder.Model;

/// <summary>How often a step runs, and with which values. One of <paramref name="For"/>, <paramref name="ForEach"/>, <paramref name="List"/> is there.</summary>
/// <param name="Name">As in <c>{{ name.value }}</c>; empty: it is called <c>loop</c> only.</param>
/// <param name="ForEach">Texts; references in them are filled in when the loop starts.</param>
public sealed record StepLoop(string Name, LoopRange? For = null, IReadOnlyList<Script>? ForEach = null, LoopList? List = null)
{
    /// <summary>How scripts refer to the number of the iteration, from 0, of the loop that stands this many documents deep.</summary>
    public static string IndexAt(int depth) => string.Create(CultureInfo.InvariantCulture, $"loop[{depth}].index");

    /// <summary>How scripts refer to the value of the iteration.</summary>
    public static string ValueAt(int depth) => string.Create(CultureInfo.InvariantCulture, $"loop[{depth}].value");

    /// <summary>The values of all iterations, as they are when the loop starts.</summary>
    /// <param name="output">Gives the value of a reference; null when that step has no such output.</param>
    public IEnumerable<string> Values(Func<string, string?> output) =>
        For?.Values ?? (ForEach is { } texts ? [.. texts.Select(t => t.Resolve(output))] : List!.Values(output)); // one of the three is there

    /// <summary>The texts that it is made of.</summary>
    [JsonIgnore]
    public IEnumerable<Script> Texts => ForEach ?? (List is { } list ? [list.Text] : []);

    /// <summary>The loop as people read it.</summary>
    public override string ToString() =>
        For is { } range ? string.Create(CultureInfo.InvariantCulture, $"for {range.Start} to {range.End} by {range.UpdateBy}")
        : ForEach is { } texts ? $"for each of [{string.Join(", ", texts)}]"
        : $"for each of {List!.Text} separated by `{LoopList.Shown(List.Delimiter)}`"; // one of the three is there
}

/// <summary>Whole numbers, both ends included.</summary>
public sealed record LoopRange(long Start, long End, long UpdateBy)
{
    /// <summary>False when the end is never reached.</summary>
    public bool Ends => UpdateBy != 0 && (Start == End || Start < End == UpdateBy > 0);

    internal IEnumerable<string> Values
    {
        get
        {
            // Wider than the numbers, so that the last one does not wrap around.
            for (Int128 value = Start; UpdateBy > 0 ? value <= End : value >= End; value += UpdateBy)
                yield return value.ToString(CultureInfo.InvariantCulture);
        }
    }
}

/// <summary>A text that is known only when the loop starts, and is then cut at a character.</summary>
public sealed record LoopList(Script Text, char Delimiter)
{
    /// <summary>The characters that a list may be cut at.</summary>
    public const string Delimiters = ".,;:\n\t -_";

    /// <summary>Nothing at all is a list without items.</summary>
    public static IReadOnlyList<string> Cut(string text, char delimiter) => text.Length == 0 ? [] : text.Split(delimiter);

    /// <summary>A delimiter as it is written in documents.</summary>
    public static string Shown(char delimiter) => delimiter switch { '\n' => "\\n", '\t' => "\\t", _ => delimiter.ToString() };

    internal IReadOnlyList<string> Values(Func<string, string?> output) => Cut(Text.Resolve(output), Delimiter);
}
