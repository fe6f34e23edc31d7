using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

namespace ImageBuilder.SystemTests.Boot;

/// <summary>What becomes of an image one of whose tests fails.</summary>
public sealed class FailedTestTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failing_test_ends_the_run_with_11_nothing_is_exported_and_the_kept_disk_boots_to_a_shell()
    {
        using var repository = new TestRepository("true");
        repository.AddPhase("test", ("Fails", "echo from the test >/root/left; echo the reason; exit 4"));
        repository.Switches = ["--no-report", "--on-error=keep"];

        var result = await repository.RunAsync("Image", Cancel);

        Assert.True(result.ExitCode == (int)ExitCode.TestFailed, result.Output + result.Error);
        Assert.Contains("the reason", result.Output + result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(repository.Image, "tests.junit.xml")));
        Assert.Empty(Directory.GetFiles(repository.Image, "faulty-1.0.0.*"));
        Assert.False(File.Exists(Path.Combine(repository.Image, "manifest.json")));
        var lines = result.Output.Split('\n');
        var boot = lines.Single(l => l.Contains("boot it:", StringComparison.Ordinal)).Split("boot it:")[1].Split("(root is")[0].Trim();
        var remove = lines.Single(l => l.Contains("remove it:", StringComparison.Ordinal)).Split("remove it:")[1].Split('(')[0].Trim();
        await using (var person = TypedSession.Start(new Command("bash", "-c", boot)))
        {
            await person.SeeAsync("login: root (automatic login)", Cancel);
            await person.SeeAsync("# ", Cancel);
            await person.TypeAsync("cat /root/left; systemctl --failed --no-legend | wc -l\n", Cancel);
            await person.SeeAsync("from the test", Cancel);
            await person.TypeAsync("\x01x", Cancel); // ends QEMU
            await person.EndAsync(Cancel);
        }

        (await new ProgramRunner().RunAsync(new Command("bash", "-c", remove), Cancel)).OrThrow("It could not be removed.");
        Assert.False(Directory.Exists(remove.Split(' ')[^1]));
    }
}
