using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Boot;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>
/// Stages that are stopped in the middle of their work, by each signal in turn, leave nothing, and the same command then does what was missing.
/// For Base and Customize see <see cref="FaultTests"/>.
/// </summary>
public sealed class StoppingTests(TestedImage image)
{
    private const string Console = "console-bios.log";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopped_while_the_disk_is_made()
    {
        using var repository = await image.CopyAsync(Cancel);
        foreach (var file in (string[])["disk.raw", "disk.json"]) File.Delete(Path.Combine(repository.Image, file));

        await StopAsync(repository, "Disk", () => Directory.EnumerateDirectories(repository.Image, ".imagebuilder-*").Any(), "disk.raw", "disk.json");
    }

    [Fact]
    public async Task Stopped_while_the_image_boots()
    {
        using var repository = await image.CopyAsync(Cancel);
        var console = Path.Combine(repository.Image, Console);
        foreach (var file in (string[])[Console, "test.json", "tests.junit.xml"]) File.Delete(Path.Combine(repository.Image, file));

        await StopAsync(repository, "TestImage", () => new FileInfo(console) is { Exists: true, Length: > 0 }, "test.json", "tests.junit.xml");
    }

    [Fact]
    public async Task Stopped_while_the_formats_are_written()
    {
        using var repository = await image.CopyAsync(Cancel);
        var work = Path.Combine(repository.Image, ".export");

        await StopAsync(repository, "Export", () => Directory.Exists(work) && Directory.EnumerateFiles(work).Any(),
            "export.json", "SHA256SUMS", "manifest.json", "faulty-1.0.0.qcow2", "faulty-1.0.0.vmdk", "faulty-1.0.0.raw");

        var check = new Command("sha256sum", "--check", "--strict", "SHA256SUMS") { WorkingDirectory = repository.Image };
        (await new ProgramRunner().RunAsync(check, Cancel)).OrThrow("The digests differ.");
    }

    /// <param name="there">What tells that the stage is in the middle of its work.</param>
    /// <param name="results">Files that must not be there before the stage has ended well.</param>
    private static async Task StopAsync(TestRepository repository, string stage, Func<bool> there, params string[] results)
    {
        repository.Within = ["setsid"];
        foreach (var signal in (string[])["TERM", "INT", "KILL"])
        {
            await using var program = await repository.StartAsync(stage, there, Cancel);
            await Task.Delay(200, Cancel);
            var tree = Traces.Tree(program.Id);
            Assert.NotEmpty(tree);

            await (signal == "INT" ? Traces.SignalGroupAsync(program, signal, Cancel) : Traces.SignalAsync(program, signal, Cancel));
            var exit = await program.WaitAsync(Cancel);

            Assert.Equal(signal == "KILL" ? 137 : (int)ExitCode.Stopped, exit);
            await Traces.GoneAsync(tree, Cancel);
            Traces.NoMount();
            Assert.DoesNotContain(InMemory(tree), Directory.Exists);
            Assert.DoesNotContain(results, file => File.Exists(Path.Combine(repository.Image, file)));
            File.Delete(Path.Combine(repository.Image, Console)); // what the machine said is there as soon as it says it
            // A killed process cannot take its own unfinished work away: the next one does.
            if (signal == "KILL") continue;
            Assert.Empty(Unfinished(repository.Image));
        }

        var again = await repository.RunAsync(stage, Cancel);

        Assert.True(again.ExitCode == 0, again.Output + again.Error);
        Assert.Empty(Unfinished(repository.Image));
    }

    // What is hidden, but for what the next export goes by.
    private static IEnumerable<string> Unfinished(string folder) =>
        Directory.EnumerateFileSystemEntries(folder, ".*").Where(path => !path.EndsWith(".pieces", StringComparison.Ordinal));

    // Folders of virtual machines, which their command lines name.
    private static IEnumerable<string> InMemory(IReadOnlyList<ProcessFound> tree) => tree.SelectMany(p => p.Command.Split(' ', '=', ','))
        .Where(word => word.StartsWith("/dev/shm/.imagebuilder-", StringComparison.Ordinal)).Distinct();
}
