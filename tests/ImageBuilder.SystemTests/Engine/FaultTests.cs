using System.Net;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>What goes wrong in a build, through the command line.</summary>
public sealed class FaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_step_that_exits_1_is_shown_with_its_place_its_last_lines_and_the_command_to_repeat_it()
    {
        using var repository = new TestRepository("echo the reason\nexit 1");

        var result = await repository.RunAsync("Customize", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        var text = result.Output + result.Error;
        Assert.Contains("components/faulty/1.0.0/component.yml:7:9", text, StringComparison.Ordinal);
        Assert.Contains("the reason", text, StringComparison.Ordinal);
        Assert.Contains("--recipe=faulty", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_hangs_is_ended_at_its_time_out()
    {
        using var repository = new TestRepository("sleep 4721", "timeoutSeconds: 2");

        var result = await repository.RunAsync("Customize", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        Assert.Contains("timeoutSeconds of 2", result.Output + result.Error, StringComparison.Ordinal);
        await Traces.NoProcessAsync("sleep 4721", Cancel);
    }

    [Fact]
    public async Task A_step_that_writes_without_end_fills_neither_disk_nor_memory()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}head -c 120000000 /dev/zero | tr '\\0' x | fold -w 99; echo; echo at the end");
        var most = 0L;

        await using var program = await repository.StartAsync("Customize", "faulty/build/It", Cancel);
        while (!File.Exists(Path.Combine(repository.Artifacts, "faulty/1.0.0/customize.json")))
        {
            most = Math.Max(most, Memory(program));
            await Task.Delay(50, Cancel);
        }

        var log = new FileInfo(Directory.GetFiles(Path.Combine(repository.Artifacts, "faulty/1.0.0/logs"), "*It.log").Single());
        Assert.InRange(log.Length, 60L << 20, 66L << 20);
        Assert.Equal("at the end", File.ReadLines(log.FullName).Last());
        Assert.InRange(most, 1, 300L << 20);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task Stopped_in_a_step_nothing_stays_and_the_next_run_does_what_was_missing(string signal)
    {
        using var repository = new TestRepository($"{TestBuild.Unique}sleep 4722 & sleep 4722");
        await using var program = await repository.StartAsync("Customize", "faulty/build/It", Cancel);
        await Traces.TreeWithAsync(program.Id, "sleep 4722", Cancel);

        await Traces.SignalAsync(program, signal, Cancel);
        var exit = await program.WaitAsync(Cancel);

        Assert.Equal(signal == "KILL" ? 137 : (int)ExitCode.Stopped, exit);
        await Traces.NoProcessAsync("sleep 4722", Cancel);
        Traces.NoMount();
        repository.Replace("sleep 4722", "sleep 0");
        var again = await repository.RunAsync("Customize", Cancel);
        Assert.Equal(0, again.ExitCode);
        await Traces.NoWorkAsync(repository.Cache, Cancel);
    }

    [Fact]
    public async Task Stopped_in_the_bootstrap_nothing_stays_but_what_is_whole()
    {
        using var repository = new TestRepository("true") { Within = ["setsid"] };
        repository.Cache = Path.Combine(repository.Folder, "cache");
        foreach (var (signal, during) in (IEnumerable<(string, string)>)[("TERM", "mmdebstrap --mode"), ("INT", "dpkg --status-fd"), ("KILL", "/run/imagebuilder/script")])
        {
            await using var program = await repository.StartAsync("Base", () => true, Cancel);
            var tree = await Traces.TreeWithAsync(program.Id, during, Cancel);

            await (signal == "INT" ? Traces.SignalGroupAsync(program, signal, Cancel) : Traces.SignalAsync(program, signal, Cancel));

            Assert.Equal(signal == "KILL" ? 137 : (int)ExitCode.Stopped, await program.WaitAsync(Cancel));
            await Traces.GoneAsync(tree, Cancel);
            Traces.NoMount();
            Assert.Empty(Directory.GetDirectories(Path.Combine(repository.Cache, "layers")));
        }

        Assert.Equal(0, (await repository.RunAsync("Base", Cancel)).ExitCode);
        Assert.Single(Directory.GetDirectories(Path.Combine(repository.Cache, "layers")));
    }

    [Fact]
    public async Task A_full_file_system_of_the_cache_is_named_and_the_next_run_works()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root, to mount a small file system.");
        using var repository = new TestRepository($"{TestBuild.Unique}head -c 3000000000 /dev/zero >/big");
        Assert.Equal(0, (await repository.RunAsync("Base", Cancel)).ExitCode);
        var parent = await RecordFiles.TryReadAsync<Based>(Path.Combine(repository.Artifacts, "faulty/1.0.0", RecordFiles.BaseFile), "", Cancel);
        var small = Directory.CreateTempSubdirectory("small-").FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=1g", "small", small);
        try
        {
            var layers = Directory.CreateDirectory(Path.Combine(small, "layers")).FullName;
            await RunAsync("cp", "-a", Path.Combine(TestBuild.Cache, "layers", parent!.Key), layers); // a stage that ended well has left its record
            repository.Cache = small;

            var result = await repository.RunAsync("Customize", Cancel);

            Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
            Assert.Contains("IB4202", result.Output + result.Error, StringComparison.Ordinal);
            Assert.Contains(small, result.Output + result.Error, StringComparison.Ordinal);
            repository.Replace("3000000000", "3000");
            Assert.Equal(0, (await repository.RunAsync("Customize", Cancel)).ExitCode);
        }
        finally
        {
            await RunAsync("umount", small);
        }
    }

    [Fact]
    public async Task A_cache_without_room_for_a_parent_image_is_refused_before_the_work()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root, to mount a small file system.");
        using var repository = new TestRepository("true");
        repository.Cache = Directory.CreateTempSubdirectory("small-").FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=100m", "small", repository.Cache);
        try
        {
            var result = await repository.RunAsync("Base", Cancel);

            Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
            Assert.Contains("1200 MB are needed", result.Output + result.Error, StringComparison.Ordinal);
        }
        finally
        {
            await RunAsync("umount", repository.Cache);
        }
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_is_named()
    {
        using var repository = new TestRepository("true");
        await File.WriteAllTextAsync(Path.Combine(repository.Folder, "file"), "", Cancel);
        repository.Cache = Path.Combine(repository.Folder, "file", "cache");

        var result = await repository.RunAsync("Base", Cancel);

        Assert.Equal((int)ExitCode.Prerequisites, result.ExitCode);
        Assert.Contains("IB3004", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains(repository.Cache, result.Output + result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/debian", "IB4003")] // nothing listens there
    [InlineData("http://mirror.invalid/debian", "IB4003")]
    public async Task A_mirror_that_cannot_be_reached_is_named(string mirror, string code)
    {
        using var repository = new TestRepository("true") { Mirror = mirror };

        var result = await repository.RunAsync("Base", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        Assert.Contains(code, result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("--mirror=", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_that_answers_404_is_named()
    {
        using var server = new HttpListener();
        var port = 20000 + Environment.ProcessId % 20000;
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        var answering = AnswerAsync(server);
        using var repository = new TestRepository("true") { Mirror = $"http://127.0.0.1:{port}/debian" };

        var result = await repository.RunAsync("Base", Cancel);

        server.Stop();
        await answering;
        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        Assert.Contains("IB4004", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_network_the_repository_that_cannot_be_reached_is_named()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root, to take the network away.");
        using var repository = new TestRepository("true") { Within = ["unshare", "--net"] };
        repository.Cache = Path.Combine(repository.Folder, "cache");

        var result = await repository.RunAsync("Base", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        Assert.Contains("IB4003", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("Check the network", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_tool_is_named_with_the_one_command_that_installs_it()
    {
        using var repository = new TestRepository("true") { Switches = ["--no-install"] };
        var folder = Directory.CreateDirectory(Path.Combine(repository.Folder, "bin")).FullName;
        foreach (var tool in HostTools.All.Where(t => t.Stages is not ["Test"]).Select(t => t.Name).Where(n => n[0] != '/' && n != "qemu-system-x86_64").Append("dpkg"))
            if (new ProgramRunner().Find(tool) is { } path) File.CreateSymbolicLink(Path.Combine(folder, tool), path);
        repository.Environment = new Dictionary<string, string> { ["PATH"] = folder };

        var result = await repository.RunAsync("TestImage", Cancel);

        Assert.Equal((int)ExitCode.Prerequisites, result.ExitCode);
        Assert.Contains("IB3010", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("install -y --no-install-recommends qemu-system-x86\n", result.Output + result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(repository.Image, RecordFiles.BaseFile)));
    }

    [Fact]
    public async Task A_disk_smaller_than_its_content_is_refused_with_the_size_that_is_needed()
    {
        using var repository = new TestRepository("true");
        repository.ReplaceInRecipe("2GiB", "128MiB");

        var result = await repository.RunAsync("Disk", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        Assert.Contains("IB5001", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("Set `size: ", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(repository.Image, "disk.*"));
    }

    [Fact]
    public async Task A_background_process_that_a_step_leaves_is_named_and_ended_and_the_step_is_well()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}setsid nohup sleep 4723 >/dev/null 2>&1 & sleep 0.3");

        var result = await repository.RunAsync("Customize", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var log = Directory.GetFiles(Path.Combine(repository.Image, "logs"), "*It.log").Single();
        // On a busy machine the shell that started it may be there still.
        Assert.Matches(@"left \d running, which is ended with it: .*\bsleep\b", await File.ReadAllTextAsync(log, Cancel));
        await Traces.NoProcessAsync("sleep 4723", Cancel);
    }

    private static async Task AnswerAsync(HttpListener server)
    {
        try
        {
            while (true)
            {
                var context = await server.GetContextAsync();
                context.Response.StatusCode = 404;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private static async Task RunAsync(string program, params string[] arguments) =>
        (await new ProgramRunner().RunAsync(new Command(program, (IReadOnlyList<string>)arguments), Cancel)).OrThrow($"{program} failed.");

    private static long Memory(IRunningProgram program)
    {
        try
        {
            return long.Parse(File.ReadLines($"/proc/{program.Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split()[^2]) * 1024;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return 0;
        }
    }
}
