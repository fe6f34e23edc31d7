using CsCheck;
using ImageBuilder.Model;

namespace ImageBuilder.Tests.Planning;

public sealed class VersionTests
{
    private static readonly Gen<VersionNumber> s_versions = Gen.Select(Gen.Int[0, 12], Gen.Int[0, 12], Gen.Int[0, 12], (a, b, c) => new VersionNumber(a, b, c));

    [Fact]
    public void Versions_are_ordered_part_by_part_and_by_number() => Gen.Select(s_versions, s_versions).Sample((a, b) =>
        Math.Sign(a.CompareTo(b)) == Math.Sign((((a.Major * 100) + a.Minor) * 100) + a.Patch - (((b.Major * 100) + b.Minor) * 100) - b.Patch)
        && a < b == b > a && a <= b == !(a > b) && a >= b == !(a < b));

    [Fact]
    public void What_is_written_is_read_again() => s_versions.Sample(v => VersionNumber.TryParse(v.ToString()) == v);

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.2.3.4")]
    [InlineData("1.2.x")]
    [InlineData("01.2.3")]
    [InlineData("1.2.-3")]
    [InlineData("1. 2.3")]
    [InlineData("1.2.1073741824")]
    [InlineData("v1.2.3")]
    [InlineData("")]
    public void What_is_not_three_numbers_is_not_a_version(string text) => Assert.Null(VersionNumber.TryParse(text));

    [Theory]
    [InlineData("x.2.x")]
    [InlineData("1.x.3")]
    [InlineData("x.x.3")]
    [InlineData("1.x")]
    [InlineData("1.2.X")]
    [InlineData("*.*.*")]
    public void Wildcards_stand_last(string text) => Assert.Null(VersionPattern.TryParse(text));

    [Theory]
    [InlineData("x.x.x", "10.0.0")]
    [InlineData("1.x.x", "1.10.0")]
    [InlineData("1.2.x", "1.2.9")]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("7.x.x", null)]
    public void The_highest_version_that_matches_is_found(string pattern, string? expected)
    {
        var versions = "1.2.9 1.10.0 10.0.0 1.2.3 2.0.0 1.9.99".Split(' ').Select(v => VersionNumber.TryParse(v)!.Value);
        Assert.Equal(expected, VersionPattern.TryParse(pattern)!.Highest(versions)?.ToString());
    }

    [Theory]
    [InlineData("x.x.x", null, "1.0.0")]
    [InlineData("2.x.x", null, "2.0.0")]
    [InlineData("2.3.x", null, "2.3.0")]
    [InlineData("2.3.x", "2.3.9", "2.3.10")]
    [InlineData("2.x.x", "2.3.9", "2.3.10")]
    [InlineData("2.3.4", "2.3.4", "2.3.4")]
    public void The_next_free_number_follows_the_latest(string pattern, string? latest, string expected) =>
        Assert.Equal(expected, VersionPattern.TryParse(pattern)!.Next(latest is null ? null : VersionNumber.TryParse(latest)).ToString());
}
