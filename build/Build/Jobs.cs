using ImageBuilder.Reports;

namespace Build;

/// <summary>What this machine has for builds.</summary>
/// <param name="Memory">Bytes, or what a container is allowed to use.</param>
public sealed record HostSize(int Processors, long Memory)
{
    public static HostSize OfThisMachine() => new(Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}

/// <summary>How many recipes are at work at the same time.</summary>
/// <param name="Why">How that was chosen, as people read it.</param>
public sealed record Jobs(int Count, string Why)
{
    // Two virtual machines of 1 GiB with what QEMU takes beside them, or a parent image that is made in memory, and some for files.
    private const long Each = 7L << 29;

    /// <param name="asked">Of the command line, or null.</param>
    public static Jobs Choose(int? asked, HostSize host)
    {
        if (asked is { } given) return new Jobs(given, "by --jobs=");
        var count = (int)Math.Clamp(host.Memory / Each, 1, host.Processors);
        return new Jobs(count, $"{Figures.Count(host.Processors, "processor")} and {Figures.Size(host.Memory)} of memory, of which one takes {Figures.Size(Each)}");
    }
}
