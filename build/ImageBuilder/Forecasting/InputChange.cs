using ImageBuilder.Records;

namespace ImageBuilder.Forecasting;

/// <summary>An input that is not what it was in the build before.</summary>
/// <param name="Old">Null: there was none.</param>
/// <param name="New">Null: there is none any more.</param>
public sealed record InputChange(string Name, string? Old, string? New)
{
    private const int Shown = 40;

    // What people change comes before what follows from it: a parameter's new value is in the script as well.
    private static readonly string[] s_order = ["parameter ", "constant ", "aws:ssm:", "secret ", "file ", "object ", "packages", "script", "condition", "loop", "onFailure"];

    /// <summary>What differs, the likeliest cause first.</summary>
    /// <param name="all">True: also what only follows from another change.</param>
    public static IReadOnlyList<InputChange> Between(PartInputs old, PartInputs now, bool all = false)
    {
        var changes = old.Inputs.Keys.Union(now.Inputs.Keys)
            .Select(name => new InputChange(name, old.Inputs.GetValueOrDefault(name), now.Inputs.GetValueOrDefault(name)))
            .Where(c => c.Old != c.New).OrderBy(c => c.Rank).ToList();
        // A template may read any value: where nothing but values differs, none of those was read.
        if (changes.TrueForAll(c => c.IsValue)) return [];
        // The script of a step holds the values that the others name: alone it would only repeat them.
        return !all && changes.Exists(c => c.IsValue) ? [.. changes.Where(c => !c.IsText)] : changes;
    }

    /// <summary>On one line: <c>parameter Port: 8080 → 9090</c>, <c>script line 12: - … + …</c>.</summary>
    public override string ToString() =>
        Old is null ? $"{Name}: {One(New!)} is new" // one of them is there
        : New is null ? $"{Name}: {One(Old)} is gone"
        : IsText ? Line()
        : Name.StartsWith("packages", StringComparison.Ordinal) ? $"{Name}: {Words()}"
        : $"{Name}: {One(Old)} → {One(New)}";

    private int Rank => Array.FindIndex(s_order, prefix => Bare.StartsWith(prefix, StringComparison.Ordinal)) is >= 0 and var rank ? rank : s_order.Length;

    private bool IsText => Bare is "script" or "condition";

    private bool IsValue => Bare.StartsWith("parameter ", StringComparison.Ordinal) || Bare.StartsWith("constant ", StringComparison.Ordinal)
        || Bare.StartsWith("aws:ssm:", StringComparison.Ordinal);

    // Without the steps of documents that it stands in.
    private string Bare => Name[(Name.LastIndexOf(": ", StringComparison.Ordinal) is >= 0 and var cut ? cut + 2 : 0)..];

    private string Line()
    {
        var (old, now) = (Old!.Split('\n'), New!.Split('\n')); // only asked where both are there
        var same = old.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        var after = old.Skip(same).Reverse().Zip(now.Skip(same).Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        var minus = same < old.Length - after ? $" - {One(old[same].Trim())}" : "";
        var plus = same < now.Length - after ? $" + {One(now[same].Trim())}" : "";
        return $"{Name} line {same + 1}:{minus}{plus}";
    }

    private string Words()
    {
        var (old, now) = (Old!.Split(' '), New!.Split(' ')); // only asked where both are there
        return string.Join(' ', old.Except(now).Select(p => $"- {p}").Concat(now.Except(old).Select(p => $"+ {p}")));
    }

    private static string One(string text)
    {
        var line = text.ReplaceLineEndings("⏎");
        return line.Length == 0 ? "(nothing)" : line.Length <= Shown ? line : line[..(Shown - 1)] + "…";
    }
}
