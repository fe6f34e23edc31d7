using System.Text;
using ImageBuilder.Layers;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>A root that stays after its session: its files, and a script that opens a shell in it.</summary>
internal static class KeptRoot
{
    private const string Script = "enter.sh";

    /// <summary>Moves the layer out of the work folder.</summary>
    /// <returns>Where it is and how to look into it, in lines.</returns>
    public static async Task<IReadOnlyList<string>> KeepAsync(Sandbox sandbox, LayerChain below, LayerWork work, string name, CancellationToken cancel)
    {
        var folder = sandbox.Store.Keep(work, name);
        var lower = string.Join(':', below.Layers.Reverse().Select(l => l.Root));
        var script = Path.Combine(folder, Script);
        var text = $"""
            #!/usr/bin/env bash
            lower={ShellText.QuoteAlways(lower)}
            ids={ShellText.QuoteAlways(IdMap.Current().Arguments)}
            {EmbeddedScript.Text("Engines/Local/enter.sh")}
            """;
        await AtomicFile.WriteAsync(script, Encoding.UTF8.GetBytes(text), cancel);
        return
        [
            $"Kept: what the build steps changed is in {Path.Combine(folder, "root")}",
            $"  a shell in it: bash {ShellText.Quote(script)}",
            $"  remove it:     bash {ShellText.Quote(script)} --remove   (--target=Clean does it too)",
        ];
    }
}
