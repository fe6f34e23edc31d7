using ImageBuilder.Distros;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Distros;

public sealed class AptSourcesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("apt").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Both_styles_are_read_and_comments_disabled_and_source_entries_are_not()
    {
        Write("sources.list", "# deb http://no.example/debian bookworm main\n"
            + "deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main contrib # why\n"
            + "deb-src http://a.example/debian bookworm main\n");
        Write("sources.list.d/b.sources", """
            Types: deb
            # a remark
            URIs: http://b.example/debian
            Suites: bookworm bookworm-updates
            Components: main
             non-free-firmware
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

            Types: deb
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main
            Enabled: no
            """);
        Write("sources.list.d/ignored.save", "deb http://no.example/debian bookworm main");

        Assert.Equal(
        [
            "deb [signed-by=/k.gpg] http://a.example/debian bookworm main contrib",
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://b.example/debian bookworm main non-free-firmware",
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://b.example/debian bookworm-updates main non-free-firmware",
        ], AptConfiguration.Read(_folder).Select(s => s.ToString()));
    }

    [Fact]
    public void Another_release_is_taken_from_the_same_archive_and_third_parties_are_left_out()
    {
        Write("sources.list", """
            deb [trusted=yes] http://a.example/debian bookworm main non-free-firmware
            deb [trusted=yes] http://s.example/security bookworm-security main
            deb [trusted=yes] http://a.example/debian bookworm-backports main
            deb [signed-by=/usr/share/keyrings/vendor.gpg] http://v.example/apt bookworm main
            deb [trusted=yes] http://c.example/apt cloud-sdk-bookworm main
            """);

        Assert.Equal(["deb [trusted=yes] http://a.example/debian trixie main", "deb [trusted=yes] http://s.example/security trixie-security main"],
            new Debian { AptFolder = _folder }.Sources("trixie", mirror: null).Select(s => s.ToString()));
    }

    [Fact]
    public void A_mirror_replaces_what_the_host_has()
    {
        Write("sources.list", "deb http://a.example/debian bookworm main");
        var debian = new Debian { AptFolder = _folder };

        Assert.Equal(["bookworm http://m.example/debian", "bookworm-updates http://m.example/debian", "bookworm-security http://m.example/sec"],
            Known(() => debian.Sources("bookworm", "http://m.example/debian,http://m.example/sec").Select(s => $"{s.Suite} {s.Uri}")));
    }

    [Fact]
    public void A_host_without_the_distribution_asks_for_a_mirror()
    {
        Write("sources.list", "deb http://a.example/debian bookworm main");

        var problem = Assert.Throws<ProblemException>(() => new Ubuntu { AptFolder = _folder }.Sources("noble", mirror: null));

        Assert.Equal(ExitCode.Prerequisites, problem.Exit);
        Assert.Contains("--mirror=", problem.Problems[0].Fix, StringComparison.Ordinal);
    }

    // The keyring of the host is checked too; where it is missing, that is the problem named.
    private static IEnumerable<string> Known(Func<IEnumerable<string>> sources)
    {
        if (File.Exists(new Debian().Keyring)) return sources();
        Assert.Contains("keyring", Assert.Throws<ProblemException>(() => sources().ToList()).Message, StringComparison.Ordinal);
        return ["bookworm http://m.example/debian", "bookworm-updates http://m.example/debian", "bookworm-security http://m.example/sec"];
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
