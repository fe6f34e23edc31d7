using ImageBuilder.Contracts;
using ImageBuilder.Processes;

namespace ImageBuilder.Prerequisites;

/// <summary>Memory and disk space.</summary>
public sealed class HostRoom : IHostCheck
{
    private const long GiB = 1L << 30;
    private const long EnoughMemory = 4 * GiB; // work trees and a virtual machine of 1 GiB
    private const long LeastMemory = 2 * GiB;
    private const long EnoughDisk = 10 * GiB; // layers, a disk and its formats
    private const long LeastDisk = 3 * GiB;

    public Task<IReadOnlyList<HostFinding>> CheckAsync(IProgramRunner programs, CancellationToken cancel)
    {
        var memory = Judge("memory", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, EnoughMemory, LeastMemory,
            $", {Environment.ProcessorCount} processors", "Give this machine more memory.");
        return Task.FromResult<IReadOnlyList<HostFinding>>([memory]);
    }

    /// <summary>The free room of the file system that a folder is on, or will be on.</summary>
    public static HostFinding Of(string folder)
    {
        var existing = folder;
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing) ?? "/";
        return Judge($"room in {folder}", new DriveInfo(existing).AvailableFreeSpace, EnoughDisk, LeastDisk, " free",
            "Free some space there, or choose another folder.");
    }

    private static HostFinding Judge(string name, long found, long enough, long least, string more, string fix)
    {
        var ability = found >= enough ? HostAbility.Present : found >= least ? HostAbility.Limited : HostAbility.Missing;
        return new HostFinding(name, ability, $"{(double)found / GiB:F1} GiB{more}", ability == HostAbility.Present ? "" : fix);
    }
}
