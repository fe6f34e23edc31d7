using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace ImageBuilder.Prerequisites;

/// <summary>How packages can be installed here: as root, or through sudo without a password.</summary>
public enum InstallWay { Root, Sudo }

/// <summary>Installs missing packages with apt-get on Debian and Ubuntu machines.</summary>
public sealed class AptInstaller(IProgramRunner programs)
{
    private const string Lists = "/var/lib/apt/lists";

    // A fresh machine may be updating itself in the background: that is waited for and not an error.
    private static readonly string[] s_options = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0", "-y"];

    public bool IsAptHere => programs.Find("apt-get") is not null && programs.Find("dpkg") is not null;

    /// <summary>The one command that installs packages, as a person types it.</summary>
    public static string CommandFor(IReadOnlyList<string> packages)
    {
        var apt = Environment.IsPrivilegedProcess ? "apt-get" : "sudo apt-get";
        return $"{apt} update && {apt} install -y --no-install-recommends {string.Join(' ', packages)}";
    }

    /// <summary>How this process may install packages, or null when it may not.</summary>
    public async Task<InstallWay?> FindWayAsync(CancellationToken cancel)
    {
        if (!IsAptHere) return null;
        if (Environment.IsPrivilegedProcess) return InstallWay.Root;
        if (programs.Find("sudo") is null) return null;
        var sudo = await programs.RunAsync(new Command("sudo", "-n", "true") { TimeOut = TimeSpan.FromSeconds(10) }, cancel);
        return sudo.Succeeded ? InstallWay.Sudo : null;
    }

    /// <summary>Installs packages; asks the mirrors for new lists only when there are none, or those at hand do not do.</summary>
    public async Task InstallAsync(InstallWay way, IReadOnlyList<string> packages, IReport report, CancellationToken cancel)
    {
        var fresh = !HasLists();
        if (fresh) await UpdateAsync(way, report, cancel);
        var result = await RunAsync(way, report, ["install", "--no-install-recommends", .. packages], cancel);
        if (!result.Succeeded && !fresh)
        {
            await UpdateAsync(way, report, cancel);
            result = await RunAsync(way, report, ["install", "--no-install-recommends", .. packages], cancel);
        }

        result.OrThrow($"The packages {string.Join(' ', packages)} could not be installed.", ExitCode.Prerequisites,
            $"Run it by hand to see more: {CommandFor(packages)}");
    }

    /// <summary>The apt-get call for one way of running it, as a value.</summary>
    public static Command AptGet(InstallWay way, IReadOnlyList<string> arguments) => way == InstallWay.Sudo
        ? new Command("sudo", ["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", .. s_options, .. arguments])
        : new Command("apt-get", [.. s_options, .. arguments])
        {
            Environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" },
        };

    private static bool HasLists() => Directory.Exists(Lists) && Directory.EnumerateFiles(Lists, "*_Packages*").Any();

    // A mirror that does not answer is seen by the installation that follows: lists of other mirrors may do.
    private Task<ProgramResult> UpdateAsync(InstallWay way, IReport report, CancellationToken cancel) =>
        RunAsync(way, report, ["update"], cancel);

    private Task<ProgramResult> RunAsync(InstallWay way, IReport report, string[] arguments, CancellationToken cancel)
    {
        var id = $"apt-get {arguments[0]}";
        return programs.RunAsync(AptGet(way, arguments), line => report.Write(new Progress("Prerequisites", id, line)), cancel);
    }
}
