using System.Security.Cryptography;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// What a root gets of a step, at /run/imagebuilder: its <c>script</c> and its <c>files</c>, copies, because nothing inside must be able to
/// reach the repository; and what a shell reads when it starts.
/// </summary>
internal sealed class StepInput(BuildRun run, long epoch)
{
    /// <summary>What a shell in a root is started as.</summary>
    public static IReadOnlyList<string> Shell { get; } = ["/bin/bash", "--rcfile", "/run/imagebuilder/shell"];

    /// <summary>Writes into a folder that has an empty folder <c>files</c>.</summary>
    public async Task WriteAsync(string folder, PlannedStep step, string script, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "script"), script, cancel);
        // What is typed there shall leave no trace in a root that is kept.
        await File.WriteAllTextAsync(Path.Combine(folder, "shell"), $"unset HISTFILE\nPS1='[{run.Plan.Recipe}] \\w # '\n", cancel);
        foreach (var file in step.Files) await CopyAsync(step, file, Path.Combine(folder, "files", file.Name), cancel);
    }

    private async Task CopyAsync(PlannedStep step, StepFile file, string target, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!); // below the folder
        var source = Path.Combine(run.Settings.Repository, file.Source);
        if (file.Content is { } text) await File.WriteAllTextAsync(target, text, cancel);
        else if (!File.Exists(source)) throw Changed(step, file);
        else File.Copy(source, target);
        await using (var content = File.OpenRead(target))
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel)) != file.Digest) throw Changed(step, file);
        // Times must not depend on when the repository was checked out.
        File.SetLastWriteTimeUtc(target, DateTimeOffset.FromUnixTimeSeconds(epoch).UtcDateTime);
        File.SetUnixFileMode(target, (UnixFileMode)file.Mode);
    }

    internal static ProblemException Changed(PlannedStep step, StepFile file) => new(ExitCode.BuildFailed, new Problem("IB4103",
        $"The file `{file.Source}` has changed since the plan was made.", "Its content is not what the step's key was computed from.",
        "Run the same command again: it plans anew.", step.At));
}
