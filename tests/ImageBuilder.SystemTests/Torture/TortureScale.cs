using System.Globalization;

namespace ImageBuilder.SystemTests.Torture;

/// <summary>How long the torture lasts: in full by <c>--target=Torture</c>, else a part of it; and from which seed everything random comes.</summary>
internal static class TortureScale
{
    public static bool InFull { get; } = Environment.GetEnvironmentVariable("IMAGEBUILDER_TORTURE") == "full";

    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("IMAGEBUILDER_TORTURE_SEED"), NumberStyles.None,
        CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next(1_000_000);

    public static int Of(int full, int part) => InFull ? full : part;

    /// <summary>Numbers that are the same for the same seed, and says which.</summary>
    public static Random Numbers()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}: ./build.sh --target=Torture --seed={Seed}");
        return new Random(Seed);
    }

    public static string Again => $"(again: ./build.sh --target=Torture --seed={Seed})";
}
