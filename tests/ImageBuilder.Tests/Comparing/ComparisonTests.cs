using CsCheck;
using ImageBuilder.Comparing;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.Tests.Comparing;

public sealed class ComparisonTests : IDisposable
{
    private readonly FormatFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_bytes_have_no_differences() => Assert.Empty(Compare(new byte[3_000_000], new byte[3_000_000]));

    [Fact]
    public void One_other_byte_is_found_wherever_it_is() => Gen.Select(Gen.Int[1, 2_500_000], Gen.Double.Unit).Sample((size, where) =>
    {
        var (first, at) = (new byte[size], (int)(where * (size - 1)));
        var second = (byte[])first.Clone();
        second[at] = 0xab;
        var found = Assert.Single(Compare(first, second));
        return (found.Offset, found.ArtifactOffset, found.First[..2], found.Second[..2]) == (at, at, "00", "ab");
    }, iter: 60, threads: 1);

    [Theory]
    [InlineData(1000, 1001)]
    [InlineData(1 << 20, (1 << 20) + 1)]
    [InlineData(0, 1)]
    public void What_only_the_longer_one_has_is_a_difference_though_it_is_zero(int size, int other)
    {
        Assert.Equal((size, "the end"), (Assert.Single(Compare(new byte[size], new byte[other])).Offset, Compare(new byte[size], new byte[other])[0].First));
        Assert.Equal(size, Assert.Single(Compare(new byte[other], new byte[size])).Offset);
    }

    [Fact]
    public void What_looks_like_a_disk_and_is_none_is_compared_as_bytes() => Gen.Byte.Array[4096, 40_000].Sample(noise =>
    {
        "EFI PART"u8.CopyTo(noise.AsSpan(512));
        ((ReadOnlySpan<byte>)[128, 0, 0, 0, 128, 0, 0, 0]).CopyTo(noise.AsSpan(592));
        var other = (byte[])noise.Clone();
        other[^1] ^= 1;
        return Compare(noise, other).Count > 0;
    }, iter: 200, threads: 1);

    private IReadOnlyList<ImageBuilder.Records.ByteDifference> Compare(byte[] first, byte[] second)
    {
        File.WriteAllBytes(_folder.At("first"), first);
        File.WriteAllBytes(_folder.At("second"), second);
        return DiskComparison.Of("a", _folder.At("first"), _folder.At("second"), CancellationToken.None);
    }
}
