using System.Globalization;
using System.Security.Cryptography;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Library;

/// <summary>A package repository of one package, signed by a key that is made for it.</summary>
internal sealed class SignedRepository(string folder)
{
    public const string Package = "made-up";

    /// <summary>The digest of <c>key.asc</c>, the public key.</summary>
    public string KeyDigest => Digest("key.asc");

    public async Task WriteAsync(CancellationToken cancel)
    {
        var package = Path.Combine(folder, "package");
        Directory.CreateDirectory(Path.Combine(package, "DEBIAN"));
        var control = $"""
            Package: {Package}
            Version: 1.2-3
            Architecture: all
            Maintainer: Nobody <nobody@example.com>
            Description: made up for a test

            """;
        await File.WriteAllTextAsync(Path.Combine(package, "DEBIAN/control"), control, cancel);
        var built = await new ProgramRunner().RunAsync(new Command("dpkg-deb", "--root-owner-group", "--build", package, At($"{Package}.deb")), cancel);
        Assert.True(built.Succeeded, built.Output + built.Error);
        await File.WriteAllTextAsync(At("Packages"), string.Create(CultureInfo.InvariantCulture,
            $"{control}Filename: ./{Package}.deb\nSize: {Size($"{Package}.deb")}\nSHA256: {Digest($"{Package}.deb")}\n"), cancel);
        await File.WriteAllTextAsync(At("Release"), string.Create(CultureInfo.InvariantCulture,
            $"Origin: Test\nDate: {DateTime.UtcNow:R}\nSHA256:\n {Digest("Packages")} {Size("Packages")} Packages\n"), cancel);
        await using var key = await SigningKey.MakeAsync(folder, cancel);
        await key.ExportAsync("--export", At("key.asc"), cancel);
        await key.RunAsync(["--clearsign", "--output", At("InRelease"), At("Release")], cancel);
    }

    private string At(string name) => Path.Combine(folder, name);

    private long Size(string name) => new FileInfo(At(name)).Length;

    private string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(At(name))));
}
