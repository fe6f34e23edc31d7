using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace ImageBuilder.Prerequisites;

/// <summary>Makes sure, before a run changes anything, that the machine has every program the run needs.</summary>
public sealed class Preflight(IProgramRunner programs, AptInstaller installer, IReport report)
{
    /// <summary>The tools that a run needs and the machine lacks. Looks at files only: a few milliseconds.</summary>
    public IReadOnlyList<HostTool> Missing(HostNeeds needs) =>
        [.. HostTools.All.Where(tool => needs.Cover(tool, Environment.IsPrivilegedProcess) && Find(tool) is null)];

    /// <summary>Where a tool was found, or null.</summary>
    public string? Find(HostTool tool) =>
        tool.OrAt.Prepend(tool.Name).Select(programs.Find).FirstOrDefault(path => path is not null);

    /// <summary>Installs what is missing where that is possible and allowed; otherwise names all of it in one problem.</summary>
    public async Task EnsureAsync(HostNeeds needs, bool allowInstall, CancellationToken cancel)
    {
        var missing = Missing(needs);
        if (missing.Count == 0) return;
        if (allowInstall && await installer.FindWayAsync(cancel) is { } way)
        {
            var packages = Packages(missing);
            report.Write(new Noted($"Installing what is missing here: {string.Join(' ', packages)} (--no-install forbids it)."));
            await installer.InstallAsync(way, packages, report, cancel);
            missing = Missing(needs);
        }

        if (missing.Count > 0) throw Refuse(missing, allowInstall);
    }

    /// <summary>The distinct packages of tools, sorted.</summary>
    public static IReadOnlyList<string> Packages(IEnumerable<HostTool> tools) =>
        [.. tools.Select(t => t.Package).Distinct().Order(StringComparer.Ordinal)];

    private ProblemException Refuse(IReadOnlyList<HostTool> missing, bool allowed)
    {
        var tools = missing.Select(t => $"{t.Name} (package {t.Package}) is needed to {t.Why}.").ToList();
        if (!allowed) tools.Add("--no-install forbids installing them.");
        return new ProblemException(ExitCode.Prerequisites, new Problem("IB3010",
            $"This machine lacks {string.Join(", ", missing.Select(t => t.Name))}.",
            string.Join(Environment.NewLine, tools),
            installer.IsAptHere ? $"Run: {AptInstaller.CommandFor(Packages(missing))}"
                : "Install them with this machine's package manager; the names above are those of Debian and Ubuntu."));
    }
}
