using ImageBuilder.Contracts;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Formats;

/// <summary>Checks of finished files by qemu-img: a reader that shares no code with our writers.</summary>
public static class QemuImage
{
    /// <summary>Looks for inconsistencies in the file's own tables.</summary>
    /// <param name="driver">qemu's name of the format; qemu-img checks qcow2, vdi, vhdx, vmdk.</param>
    public static Command Check(string driver, string file) => new("qemu-img", "check", "-q", "-f", driver, file);

    /// <summary>Compares the content of a file's disk with that of the raw one.</summary>
    public static Command Compare(string driver, string file, string raw) =>
        new("qemu-img", "compare", "-f", "raw", "-F", driver, raw, file);

    /// <summary>Checks where qemu can, compares, and reports any difference as an integrity problem.</summary>
    public static async Task<string> VerifyAsync(FormatJob job, string driver, bool check, string file, CancellationToken cancel)
    {
        if (check) await MustSucceedAsync(job, Check(driver, file), file, cancel);
        await MustSucceedAsync(job, Compare(driver, file, job.Source.RawFile), file, cancel);
        return check ? "qemu-img check and compare" : "qemu-img compare";
    }

    private static async Task MustSucceedAsync(FormatJob job, Command command, string file, CancellationToken cancel)
    {
        var result = await job.Programs.RunAsync(command, cancel);
        // Sizes that differ are only a warning to qemu-img; its strict mode would refuse other holes as well.
        if (result.Succeeded && !result.Output.Contains("size mismatch", StringComparison.Ordinal)) return;
        throw new ProblemException(ExitCode.Integrity, new Problem("IB6001",
            $"`{Path.GetFileName(file)}` does not hold the same disk as `{Path.GetFileName(job.Source.RawFile)}`.",
            $"{command.Arguments[0]}: {(result.Error.Length > 0 ? result.Error : result.Output).Trim()}",
            $"Run the target Export again; if it happens again, check this machine's disk and memory. By hand: {command}"));
    }
}
