using ImageBuilder.Formats;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Formats;

public sealed class VhdTests
{
    [Theory]
    [InlineData(2L << 20, 60, 4, 17)]
    [InlineData(504L << 20, 1024, 16, 63)]
    [InlineData(4L << 30, 8322, 16, 63)]
    [InlineData(2040L << 30, 65535, 16, 255)]
    public void The_geometry_is_the_specifications(long size, int cylinders, int heads, int sectors)
    {
        var footer = new VhdFooter(size, 0, Guid.Empty, Dynamic: false).ToBytes();
        Assert.Equal((cylinders, heads, sectors), ((footer[56] << 8) | footer[57], footer[58], footer[59]));
    }

    [Fact]
    public void Times_count_from_the_year_2000_and_not_before()
    {
        Assert.Equal([0, 0, 0, 60], new VhdFooter(1 << 20, 946684860, Guid.Empty, Dynamic: false).ToBytes()[24..28]);
        Assert.Equal([0, 0, 0, 0], new VhdFooter(1 << 20, 1, Guid.Empty, Dynamic: false).ToBytes()[24..28]);
    }

    [Fact]
    public void A_disk_that_is_too_large_is_refused()
    {
        var footer = new VhdFooter((2040L << 30) + 512, 0, Guid.Empty, Dynamic: false);
        var found = Assert.Throws<ProblemException>(footer.ToBytes);
        Assert.Equal("IB6002", found.Problems[0].Code);
    }
}
