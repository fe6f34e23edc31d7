using System.Diagnostics;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace Bench;

/// <summary>Files that are made to exhaust whoever reads them.</summary>
internal static class HostileYaml
{
    /// <summary>What each of them is, and what reading it took.</summary>
    public static IEnumerable<(string What, double Seconds, long Bytes)> Measure()
    {
        var folder = Scratch.OnDisk();
        try
        {
            Read("warm", folder, "a: [b, c]\n");
            foreach (var (what, text) in Texts()) yield return Read(what, folder, text);
            var path = Path.Combine(folder.FullName, "big");
            using (var file = File.Create(path))
            {
                file.Write("a: "u8);
                file.SetLength(1L << 30);
            }

            yield return Read("1 GiB scalar", path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<(string, string)> Texts() =>
    [
        ("alias bomb", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 30)
            .Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"))),
        ("depth 100,000", new string('[', 100_000)),
        ("depth 100,000, in blocks", string.Concat(Enumerable.Repeat("- ", 100_000))),
        ("duplicate keys", string.Concat(Enumerable.Repeat("a: b\n", 200_000))),
        ("custom tags", string.Concat(Enumerable.Repeat("- !ruby/object:Gem::Installer x\n", 30_000))),
        ("a megabyte of one word", "a: " + new string('x', 1_000_000)),
    ];

    private static (string, double, long) Read(string what, DirectoryInfo folder, string text)
    {
        var path = Path.Combine(folder.FullName, "hostile.yml");
        File.WriteAllText(path, text);
        return Read(what, path);
    }

    private static (string, double, long) Read(string what, string path)
    {
        GC.Collect();
        var (bytes, watch) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.StartNew());
        YamlReader.ReadFile(path, what, YamlReader.RecipeLimit, new ProblemBag());
        return (what, watch.Elapsed.TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - bytes);
    }
}
