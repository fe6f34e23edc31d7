using System.Text.Json;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>Two builds of one recipe are the same bytes, and where they are not, that is found.</summary>
public sealed class ReproduceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // What the second build has other than the first, the step writes down.
    [Fact]
    public async Task Builds_of_other_users_under_other_conditions_are_the_same_bytes_in_every_format()
    {
        using var repository = new TestRepository("""
            mkdir /opt/here; cd /opt/here; umask >umask; locale >locale; date +%Z >zone; id >id; pwd >pwd; env | sort >env; nproc --all >/dev/null
            useradd --create-home --password '*' somebody
            """);
        repository.Switches = [.. ((string[])["raw", "qcow2", "vmdk", "vhdx", "vhd", "ova"]).Select(format => $"--output={format}")];

        var result = await repository.RunAsync("Reproduce", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(repository.Image, "reproduce.json"), Cancel));
        Assert.True(report.RootElement.GetProperty("identical").GetBoolean());
        Assert.Equal(7, report.RootElement.GetProperty("artifacts").GetArrayLength());
        var umasks = report.RootElement.GetProperty("builds").EnumerateArray().Select(b => b.GetProperty("umask").GetString());
        Assert.Equal(["022", "077"], umasks);
    }
}
