using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Exporting;

/// <summary>Nothing untested gets out: the test record must speak of exactly the bytes that are exported.</summary>
public static class ExportGate
{
    /// <summary>Checks the records against each other.</summary>
    public static void CheckRecords(BuildRun run, DiskMade disk, Tested tested)
    {
        var again = $"Run ./build.sh --target=TestImage --recipe={run.Plan.Recipe}";
        if (!tested.Passed) throw Refuse("IB6010", "The image did not pass its tests, so it is not exported.",
            $"Failed: {string.Join(", ", Failures(tested))}.",
            $"Mend what the tests found (test.json has their output), then: {again}");
        if (tested.Boots.Count == 0) throw Refuse("IB6011", "The image was never booted, so it is not exported.",
            "The test record lists no boot.", again);
        if (tested.DiskDigest != disk.Digest) throw Refuse("IB6012", "The image was not tested, so it is not exported.",
            $"The test record speaks of a disk with the digest {tested.DiskDigest}, the disk's is {disk.Digest}.", again);
    }

    /// <summary>Checks that the disk's file is there and has its size.</summary>
    public static void CheckSize(BuildRun run, DiskMade disk, FileInfo raw)
    {
        if (!raw.Exists || raw.Length != disk.Size) throw new ProblemException(ExitCode.Integrity, new Problem("IB6014",
            $"The disk `{raw.FullName}` is not the one that was made.",
            raw.Exists ? $"It has {raw.Length} bytes instead of {disk.Size}." : "It is gone.",
            $"Run ./build.sh --target=Disk --recipe={run.Plan.Recipe}"));
    }

    /// <summary>Checks the content of the disk as it is now against the one that was tested.</summary>
    /// <remarks>By its fs-verity digest, which the test record has beside its SHA-256: SHA-256 over the holes of a large disk takes minutes.</remarks>
    public static async Task CheckBytesAsync(BuildRun run, DiskMade disk, string raw, CancellationToken cancel)
    {
        if (await Verity.OfAsync(raw, cancel) is var now && now != disk.Digest) throw new ProblemException(ExitCode.Integrity, new Problem("IB6013",
            $"The disk `{disk.File}` is not the one that was tested, so it is not exported.",
            $"Its digest (fsverity) was {disk.Digest} and is now {now}: it was changed, or this machine's disk or memory fails.",
            $"Run ./build.sh --target=Disk --recipe={run.Plan.Recipe}, and give copies to virtual machines."));
    }

    private static List<string> Failures(Tested tested)
    {
        var failures = new List<string>();
        foreach (var boot in tested.Boots)
        {
            failures.AddRange(boot.Cases.Where(c => !c.Passed && !c.Skipped).Select(c => $"{c.Name} ({boot.Firmware})"));
            if (boot.LoginSeconds is null) failures.Add($"login prompt ({boot.Firmware})");
        }

        return failures.Count > 0 ? failures : ["no test passed"];
    }

    private static ProblemException Refuse(string code, string what, string why, string fix) =>
        new(ExitCode.TestFailed, new Problem(code, what, why, fix));
}
