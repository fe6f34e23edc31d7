using System.Globalization;

namespace ImageBuilder.Engines.Local;

/// <summary>Finds process 1 of a pid namespace from outside.</summary>
internal static class NestedProcess
{
    private const string Ids = "NSpid:";

    /// <param name="ancestor">A process that it descends from.</param>
    /// <param name="depth">How many pid namespaces know it, our own included.</param>
    public static int? Of(int ancestor, int depth)
    {
        var left = new Stack<int>([ancestor]);
        while (left.TryPop(out var id))
        {
            try
            {
                var ids = File.ReadLines($"/proc/{id}/status").First(l => l.StartsWith(Ids, StringComparison.Ordinal))[Ids.Length..]
                    .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (ids.Length == depth && ids[^1] == "1") return id;
                foreach (var child in File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    left.Push(int.Parse(child, CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        return null;
    }
}
