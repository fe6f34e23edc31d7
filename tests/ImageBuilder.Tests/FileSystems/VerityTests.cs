using ImageBuilder.FileSystems;

namespace ImageBuilder.Tests.FileSystems;

public sealed class VerityTests
{
    // As `fsverity digest --compact` prints them, of Debian 12's fsverity 1.5.
    [Theory]
    [InlineData(0, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95")]
    [InlineData(1, "bce75948b9e7510293f8f2720412af9697c1479281323f3f220623fb8e94b557")]
    [InlineData(5, "7f0e00224f119499d1a69d72ee07abef6a16756f102c2182bc8e6dfb2a822696")]
    [InlineData(4096, "a2a808ddaced77f0b6b3068f47b14b5a1fb3fc43674993ab11b8e7e6f2d089e2")]
    [InlineData(4097, "18b155c0b6e054f3f7d22488ed15340e74dc161ce2d123e13eb685c3ce565f70")]
    [InlineData(524288, "35ce0df2a57eb54aeba7969570bac9dfadfac295ec181a03f13ac7a7da54909e")]
    [InlineData(524289, "cc4f297494cf9e0b6f159db6d30a62d3fcc219fc9c0cbc2d8792bd264da4d9cb")]
    [InlineData(1000000, "50049eeefec9385017816e55c0783638f225a3938338cbd673ce9ee8bc977100")]
    public Task The_digest_of_full_files(int length, string digest) => EqualAsync(digest, file => file.Write(Enumerable.Repeat((byte)'a', length).ToArray()));

    [Fact]
    public Task Holes_count_as_zeros() => EqualAsync("7e73a09d7aa1bdf226fd7a008aa4a85fd72e8ed5371289eb12f64589fca51b81", file =>
    {
        file.SetLength(70_000_000);
        file.Position = 1_500_000;
        file.Write("abc"u8);
    });

    private static async Task EqualAsync(string digest, Action<FileStream> write)
    {
        var path = Path.GetTempFileName();
        await using (var file = File.OpenWrite(path)) write(file);
        Assert.Equal(digest, await Verity.OfAsync(path, TestContext.Current.CancellationToken));
        File.Delete(path);
    }
}
