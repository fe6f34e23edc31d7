namespace ImageBuilder.Problems;

/// <summary>Exit codes of the program (build/README.md lists them for users).</summary>
public enum ExitCode
{
    Done = 0,

    /// <summary>A mistake of this program, not of its user.</summary>
    Bug = 1,

    Usage = 2,
    Prerequisites = 3,
    BuildFailed = 10,
    TestFailed = 11,
    DistributionPartial = 12,
    NotReproducible = 13,
    Integrity = 14,
    Stopped = 130,
}
