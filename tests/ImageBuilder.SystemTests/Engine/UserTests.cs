using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>What an ordinary user can do, and cannot.</summary>
public sealed class UserTests(OrdinaryUser user)
{
    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ordinary_user_builds_the_same_bytes_as_root()
    {
        const string script = """
            useradd --create-home somebody; mkdir -p /home/somebody/a/b; echo text >/home/somebody/a/b/file
            chown -R somebody: /home/somebody; chmod -R go= /home/somebody
            """;
        // A user who is not root cannot look into what is closed, where this hides what was there.
        const string again = "rm -r /home/somebody/a/b; mkdir -m 700 /home/somebody/a/b; chown somebody: /home/somebody/a/b";
        using var mine = new TestRepository(script);
        using var theirs = new TestRepository(script);
        foreach (var repository in (TestRepository[])[mine, theirs]) repository.AddSteps(("Again", again));
        await user.TakeAsync(theirs, Cancel);

        var (asUser, epoch) = await DiskAsync(theirs);
        var (asRoot, before) = await DiskAsync(mine);
        if (before != epoch)
        {
            // Root's parent image is that of an earlier day.
            mine.Cache = Path.Combine(mine.Folder, "cache");
            (asRoot, before) = await DiskAsync(mine);
        }

        Assert.Equal((epoch, asRoot), (before, asUser));
    }

    [Fact]
    public async Task Without_a_control_group_validate_steps_run_in_a_virtual_machine()
    {
        using var repository = new TestRepository("echo built >/etc/built");
        repository.AddPhase("validate", ("See", "cat /etc/built; touch /etc/changed; systemd-detect-virt --vm && systemctl is-system-running"));
        await user.TakeAsync(repository, Cancel);

        var first = await repository.RunAsync("Customize", Cancel);
        var log = await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(repository.Image, "logs"), "*See.log").Single(), Cancel);

        Assert.True(first.ExitCode == 0, first.Output + first.Error);
        Assert.Contains("run in a virtual machine", first.Output, StringComparison.Ordinal);
        Assert.StartsWith("built\n", log, StringComparison.Ordinal);
        Assert.EndsWith("running\n", log, StringComparison.Ordinal);
        await Traces.NoWorkAsync(repository.Cache, Cancel);
    }

    [Fact]
    public async Task An_artifacts_folder_that_cannot_be_written_is_named()
    {
        using var repository = new TestRepository("true");
        await user.TakeAsync(repository, Cancel);
        var folder = Directory.CreateTempSubdirectory("imagebuilder-root-").FullName;
        repository.Switches = [$"--artifacts={folder}"];

        var result = await repository.RunAsync("Base", Cancel);

        Directory.Delete(folder);
        Assert.Equal((int)ExitCode.Prerequisites, result.ExitCode);
        Assert.Contains("IB3004", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains(folder, result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_user_namespaces_are_forbidden_the_setting_is_named_and_how_it_is_changed()
    {
        using var repository = new TestRepository("true");
        await user.TakeAsync(repository, Cancel);
        repository.Cache = Path.Combine(repository.Folder, "cache"); // where nothing is that could be reused
        // A user namespace that has all of this machine's ids, and may make none below itself: as on a machine whose setting that is.
        const string script = """
            unshare --user sleep 600 &
            holder=$!
            trap 'kill $holder' EXIT
            until [[ $(readlink "/proc/$holder/ns/user") != "$(readlink /proc/self/ns/user)" ]]; do sleep 0.01; done
            for map in uid_map gid_map; do cat "/proc/self/$map" >"/proc/$holder/$map"; done
            nsenter --user --target "$holder" bash -c 'echo 0 >/proc/sys/user/max_user_namespaces'
            nsenter --user --target "$holder" "$@"
            """;
        repository.Within = ["bash", "-c", script, "forbidden", .. repository.Within];

        var result = await repository.RunAsync("Base", Cancel);

        Assert.Equal((int)ExitCode.Prerequisites, result.ExitCode);
        Assert.Contains("IB4111", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("user.max_user_namespaces is 0", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("sudo sysctl -w user.max_user_namespaces=", result.Output + result.Error, StringComparison.Ordinal);
    }

    private static async Task<(string Sha256, long Epoch)> DiskAsync(TestRepository repository)
    {
        var result = await repository.RunAsync("Disk", Cancel);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var parent = await RecordFiles.TryReadAsync<Based>(Path.Combine(repository.Image, RecordFiles.BaseFile), "", Cancel);
        var sum = await s_programs.RunAsync(new Command("sha256sum", Path.Combine(repository.Image, "disk.raw")), Cancel);
        return (sum.Output[..64], parent!.Epoch); // a stage that ended well has left its record
    }
}
