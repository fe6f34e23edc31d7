using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Reports;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.Tests.Prerequisites;

public sealed class PreflightTests
{
    private static readonly HostNeeds s_all = new(["Base", "Customize", "Disk", "TestImage", "Export"], ["debian"]);

    private readonly FakePrograms _programs = new()
    {
        Present = [.. HostTools.All.Select(t => t.Name), "apt-get", "dpkg", "sudo"],
    };

    private readonly Remembered _report = new();

    [Fact]
    public async Task Nothing_is_started_when_everything_is_there()
    {
        await EnsureAsync(s_all);
        Assert.Empty(_programs.Ran);
        Assert.Empty(_report.Events);
    }

    [Fact]
    public async Task Everything_missing_is_named_at_once_with_the_one_command_that_installs_it()
    {
        _programs.Present!.ExceptWith(["qemu-img", "mke2fs", "debugfs"]);
        var found = await Assert.ThrowsAsync<ProblemException>(() => EnsureAsync(s_all, allowInstall: false));
        var problem = Assert.Single(found.Problems);
        Assert.Equal((ExitCode.Prerequisites, "IB3010"), (found.Exit, problem.Code));
        Assert.Contains("mke2fs, debugfs, qemu-img", problem.What, StringComparison.Ordinal);
        Assert.Contains("--no-install forbids", problem.Why, StringComparison.Ordinal);
        Assert.EndsWith("apt-get install -y --no-install-recommends e2fsprogs qemu-utils", problem.Fix, StringComparison.Ordinal);
        Assert.Empty(_programs.Ran);
    }

    [Fact]
    public async Task What_is_missing_is_installed_where_that_is_allowed()
    {
        _programs.Present!.Remove("mcopy");
        Installs("mcopy");
        await EnsureAsync(s_all);
        Assert.EndsWith("apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -y install --no-install-recommends mtools",
            _programs.Ran[^1], StringComparison.Ordinal);
        Assert.Contains("mtools", Assert.Single(_report.Events.OfType<Noted>()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_fetched_and_the_installation_tried_again_when_it_fails()
    {
        _programs.Present!.Remove("mcopy");
        var tries = 0;
        _programs.On = command =>
        {
            var installs = command.Arguments.Contains("install");
            return installs && tries++ == 0 ? 100 : Present("mcopy", installs);
        };
        await EnsureAsync(s_all);
        Assert.Contains(_programs.Ran, c => c.EndsWith(" update", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_installation_that_fails_is_a_problem_with_the_command()
    {
        _programs.Present!.Remove("mcopy");
        _programs.On = command => command.Arguments.Contains("install") ? 100 : 0;
        var found = await Assert.ThrowsAsync<ProblemException>(() => EnsureAsync(s_all));
        Assert.Equal(ExitCode.Prerequisites, found.Exit);
        Assert.Contains("install -y --no-install-recommends mtools", found.Problems[0].Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_distributions_are_told_the_names_and_nothing_is_tried()
    {
        _programs.Present!.ExceptWith(["apt-get", "mcopy"]);
        var found = await Assert.ThrowsAsync<ProblemException>(() => EnsureAsync(s_all));
        Assert.Contains("this machine's package manager", found.Problems[0].Fix, StringComparison.Ordinal);
        Assert.Empty(_programs.Ran);
    }

    [Fact]
    public async Task Tools_of_stages_and_distributions_that_do_not_run_are_not_asked_for()
    {
        _programs.Present!.ExceptWith(["qemu-img", "/usr/share/keyrings/ubuntu-archive-keyring.gpg"]);
        await EnsureAsync(new HostNeeds(["Base", "Disk"], ["debian"]), allowInstall: false);
        await Assert.ThrowsAsync<ProblemException>(() => EnsureAsync(new HostNeeds(["Base"], ["ubuntu"]), allowInstall: false));
    }

    [Fact]
    public void Only_ordinary_users_need_the_programs_that_give_them_ids()
    {
        var tool = HostTools.All.Single(t => t.Name == "newuidmap");
        Assert.False(s_all.Cover(tool, root: true));
        Assert.True(s_all.Cover(tool, root: false));
    }

    [Fact]
    public void A_file_may_be_where_another_distribution_keeps_it()
    {
        _programs.Present!.Remove("/usr/share/OVMF/OVMF_CODE_4M.fd");
        _programs.Present.Add("/usr/share/OVMF/OVMF_CODE.fd");
        Assert.Empty(Preflight().Missing(s_all));
    }

    [Fact]
    public void Sudo_gets_the_environment_as_arguments_because_it_drops_its_own() => Assert.Equal(
        "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -y update",
        AptInstaller.AptGet(InstallWay.Sudo, ["update"]).ToString());

    [Fact]
    public async Task Doctor_lists_tools_with_the_versions_of_their_packages_and_the_room_there_is()
    {
        _programs.Present!.Remove("mcopy");
        _programs.Present.Add("dpkg-query");
        _programs.Output = "e2fsprogs installed 1.47.0-2\nmtools not-installed \nqemu-utils installed 1:7.2\n";
        var doctor = new Doctor(_programs, Preflight(), new AptInstaller(_programs));
        var found = await doctor.ExamineAsync(s_all, ["/tmp/not/there"], CancellationToken.None);
        Assert.Equal("1.47.0-2", found.Tools.Single(t => t.Tool.Name == "mke2fs").Version);
        Assert.Null(found.Tools.Single(t => t.Tool.Name == "mcopy").Path);
        Assert.EndsWith(" mtools", found.Install, StringComparison.Ordinal);
        Assert.False(found.Ready);
        Assert.Contains(found.Abilities, a => a.Name == "memory");
        Assert.Contains(found.Abilities, a => a.Name == "room in /tmp/not/there");
    }

    private void Installs(string program) => _programs.On = command => Present(program, command.Arguments.Contains("install"));

    private int Present(string program, bool now)
    {
        if (now) _programs.Present!.Add(program);
        return 0;
    }

    private Preflight Preflight() => new(_programs, new AptInstaller(_programs), _report);

    private Task EnsureAsync(HostNeeds needs, bool allowInstall = true) =>
        Preflight().EnsureAsync(needs, allowInstall, CancellationToken.None);
}
