using System.Globalization;
using System.Text;
using ImageBuilder.Layers;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>A root that stays after its session: its files, those of its last step, and a script that opens a shell in it.</summary>
internal static class KeptRoot
{
    private const string Script = "enter.sh";

    /// <summary>Moves layers out of their work folders.</summary>
    /// <param name="below">What is kept anyway.</param>
    /// <param name="works">What stands on it, the lowest first.</param>
    /// <returns>Where it is and how to look into it, in lines.</returns>
    public static async Task<IReadOnlyList<string>> KeepAsync(
        Sandbox sandbox, LayerChain below, IReadOnlyList<LayerWork> works, string name, long epoch, CancellationToken cancel)
    {
        var top = works[^1];
        var folder = sandbox.Store.Keep(top, name);
        var lower = below.Layers.Select(l => l.Root).ToList();
        foreach (var (number, work) in works.SkipLast(1).Index())
        {
            var place = Path.Combine(folder, $"below.{number.ToString(CultureInfo.InvariantCulture)}");
            Directory.Move(work.LayerFolder, place);
            lower.Add(Path.Combine(place, "root"));
        }

        var input = Path.Combine(top.Folder, "input");
        if (Directory.Exists(input)) Directory.Move(input, Path.Combine(folder, "input"));
        lower.Reverse();
        var script = Path.Combine(folder, Script);
        var text = $"""
            #!/usr/bin/env bash
            lower={ShellText.QuoteAlways(string.Join(':', lower))}
            ids={ShellText.QuoteAlways(IdMap.Current().Arguments)}
            environment=({Words(RootEnvironment.Of(epoch))})
            shell=({Words(StepInput.Shell)})
            {EmbeddedScript.Text("Engines/Local/enter.sh")}
            """;
        await AtomicFile.WriteAsync(script, Encoding.UTF8.GetBytes(text), cancel);
        return
        [
            $"Kept: what the steps changed is in {Path.Combine(folder, "root")}",
            $"  a shell in it: bash {ShellText.Quote(script)}",
            $"  remove it:     bash {ShellText.Quote(script)} --remove   (--target=Clean does it too)",
        ];
    }

    private static string Words(IEnumerable<string> words) => string.Join(' ', words.Select(ShellText.QuoteAlways));
}
