using ImageBuilder.Contracts;
using ImageBuilder.Processes;

namespace ImageBuilder.Prerequisites;

/// <summary>A tool as Doctor found it.</summary>
/// <param name="Path">Where it is; null when it is missing.</param>
/// <param name="Version">Of its package; null when not known.</param>
public sealed record ToolFinding(HostTool Tool, string? Path, string? Version);

/// <summary>Everything that Doctor found.</summary>
/// <param name="Install">The one command that installs what is missing; null when nothing is, or nobody knows how.</param>
public sealed record Diagnosis(IReadOnlyList<ToolFinding> Tools, IReadOnlyList<HostFinding> Abilities, string? Install)
{
    /// <summary>True when builds can run here.</summary>
    public bool Ready => Tools.All(t => t.Path is not null) && Abilities.All(a => a.Ability != HostAbility.Missing);
}

/// <summary>Examines the machine: all tools and abilities at once, nothing is changed.</summary>
public sealed class Doctor(IProgramRunner programs, Preflight preflight, AptInstaller installer)
{
    /// <param name="folders">Folders that builds write to: their free room is listed.</param>
    public async Task<Diagnosis> ExamineAsync(HostNeeds needs, IReadOnlyList<string> folders, CancellationToken cancel)
    {
        var versions = await ToolVersions.ReadAsync(programs, cancel);
        var tools = HostTools.All.Where(tool => needs.Cover(tool, Environment.IsPrivilegedProcess))
            .Select(tool => new ToolFinding(tool, preflight.Find(tool), versions.GetValueOrDefault(tool.Package))).ToList();
        var missing = tools.Where(t => t.Path is null).Select(t => t.Tool).ToList();
        var abilities = await Task.WhenAll(Catalog<IHostCheck>.All.Select(check => check.CheckAsync(programs, cancel)));
        return new Diagnosis(tools, [.. abilities.SelectMany(a => a), .. folders.Select(HostRoom.Of)],
            missing.Count > 0 && installer.IsAptHere ? AptInstaller.CommandFor(Preflight.Packages(missing)) : null);
    }
}
