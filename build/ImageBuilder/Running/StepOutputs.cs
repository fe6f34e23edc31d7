using System.Globalization;

namespace ImageBuilder.Running;

/// <summary>Outputs of a step from the files it left in <c>$IMAGEBUILDER_OUTPUTS</c>: <c>&lt;index&gt;.&lt;name&gt;</c>.</summary>
public static class StepOutputs
{
    /// <summary>More indices than any step has inputs: a stray file name must not make a huge list.</summary>
    private const int IndexLimit = 100_000;

    /// <summary>One map per index from 0 on; an index without files has an empty map. Files named otherwise are not outputs.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Of(IEnumerable<(string File, string Content)> files)
    {
        var maps = new List<Dictionary<string, string>>();
        foreach (var (file, content) in files)
        {
            var dot = file.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0 || !int.TryParse(file.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= IndexLimit)
                continue;
            while (maps.Count <= index) maps.Add([]);
            maps[index][file[(dot + 1)..]] = content;
        }

        return maps;
    }
}
