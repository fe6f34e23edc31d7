using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ImageBuilder.Engines.Local;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

namespace ImageBuilder.SystemTests.Boot;

/// <summary>Boots that are unlike the usual one.</summary>
public sealed class BootFaultTests(TestedImage image)
{
    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_without_a_kernel_fails_its_test_as_soon_as_the_boot_loader_says_so()
    {
        using var repository = new TestRepository("rm -f /boot/vmlinuz-* /vmlinuz*");
        var disk = await repository.RunAsync("Disk", Cancel);
        Assert.True(disk.Succeeded, disk.Output + disk.Error);
        var watch = Stopwatch.StartNew();

        var result = await repository.RunAsync("Image", Cancel);

        Assert.Equal((int)ExitCode.TestFailed, result.ExitCode);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        var text = result.Output + result.Error;
        Assert.Contains("bios: boots to login prompt: The boot ended at `error: file `/vmlinuz' not found.", text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(repository.Image, "faulty-1.0.0.raw")));
    }

    // A machine restarts in the tests of the library.
    [Fact]
    public async Task After_a_restart_that_a_step_asked_for_the_same_step_runs_again()
    {
        using var repository = new TestRepository("true");
        repository.AddPhase("validate", ("AskAgain", $"{TestBuild.Unique}[ -e /var/asked ] || {{ touch /var/asked /run/before; exit 194; }}\n[ ! -e /run/before ] && echo twice"));

        var result = await repository.RunAsync("Customize", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var log = Directory.GetFiles(Path.Combine(repository.Image, "logs"), "*AskAgain.log").Single();
        Assert.EndsWith("twice\n", await File.ReadAllTextAsync(log, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_copied_onto_a_larger_one_grows_at_its_first_boot_and_large_files_get_into_it_whole()
    {
        using var repository = await image.CopyAsync(Cancel);
        var disk = Path.Combine(repository.Image, DiskAssembly.FileName);
        using (var file = File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.SetLength(file, 3L << 30);
        var content = RandomNumberGenerator.GetBytes((17 << 20) + 321);
        await File.WriteAllBytesAsync(Path.Combine(repository.Folder, "large"), content, Cancel);
        await using var machine = await StartAsync(repository);
        await using var session = await SessionAsync(machine, repository);
        var output = new List<string>();

        const string script = "cat /sys/class/block/vda3/size; stat -f -c '%b %S' /; systemctl list-units --failed --no-legend --plain";
        await session.RunAsync(TestBuild.Step("look", script), script, output.Add, Cancel);

        Assert.Equal(2, output.Count);
        const long most = (3L << 30) - DiskLayout.RootOffset;
        Assert.InRange(512 * long.Parse(output[0], CultureInfo.InvariantCulture), most - (2 << 20), most);
        var blocks = output[1].Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(blocks[0] * blocks[1], most - (200 << 20), most); // without journal and inode tables

        var step = TestBuild.Step("look", "") with { Files = [new("large", "large", "", 420), new("again", "large", "", 420)] };
        var watch = Stopwatch.StartNew();
        output.Clear();

        await session.RunAsync(step, "cd $IMAGEBUILDER_FILES; cmp large again && sha256sum <large", output.Add, Cancel);

        Assert.Equal([Convert.ToHexStringLower(SHA256.HashData(content)) + "  -"], output);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(120)); // twenty minutes over the serial port
    }

    private static async Task<VirtualMachine> StartAsync(TestRepository repository) => await VirtualMachine.StartAsync(s_programs,
        Path.Combine(repository.Image, DiskAssembly.FileName), repository.Folder, Path.Combine(repository.Folder, "console.log"), "bios",
        await KvmProbe.WorksAsync(s_programs, Cancel), box: true, Cancel);

    private static async Task<AgentSession> SessionAsync(VirtualMachine machine, TestRepository repository)
    {
        var limits = BootLimits.For(await KvmProbe.WorksAsync(s_programs, Cancel));
        return await machine.SessionAsync(new AgentSettings(repository.Folder, 0, AgentSettings.SerialChunk, limits.Total), TimeProvider.System, Cancel);
    }
}
