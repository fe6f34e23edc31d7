using System.Globalization;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>A person in the roots of steps: where one failed, before one, before and after any; through the command line, on a real terminal.</summary>
public sealed class ShellTests(OrdinaryUser user)
{
    private const string Prompt = "[faulty] / # ";
    private const string Interrupt = "\x03";

    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_a_step_failed_a_shell_is_opened_and_what_is_done_there_is_thrown_away(bool ordinary)
    {
        using var repository = new TestRepository($"{TestBuild.Unique}echo half >/etc/half; test -e /etc/never || exit 5");
        if (ordinary) await user.TakeAsync(repository, Cancel);
        repository.Switches = ["--no-report", "--on-error=shell"];
        await using var person = TypedSession.Start(repository.Command("Customize"));

        await person.SeeAsync("It ended with exit code 5.", Cancel);
        await person.SeeAsync(Prompt, Cancel);
        await person.TypeAsync("cat /etc/half; stty size; id -u; bash /run/imagebuilder/script; echo code=$?\n", Cancel);
        foreach (var text in (string[])["half\r\n", "41 113\r\n", "0\r\n", "code=5\r\n", Prompt]) await person.SeeAsync(text, Cancel);

        // Ctrl-C and Ctrl-Z are the shell's, not the build's.
        await person.TypeAsync("sleep 4741\n", Cancel);
        await RunsAsync("sleep 4741");
        await person.TypeAsync(Interrupt, Cancel);
        await person.SeeAsync("^C", Cancel);
        await person.SeeAsync(Prompt, Cancel);
        await Traces.NoProcessAsync("sleep 4741", Cancel);
        await person.TypeAsync("sleep 4742\n", Cancel);
        await RunsAsync("sleep 4742");
        await person.TypeAsync("\x1a", Cancel);
        await person.SeeAsync("Stopped", Cancel);

        // On a clean root: what was done by hand is gone, and the step fails again.
        await person.TypeAsync("kill -9 %1; touch /etc/never; exit 0\n", Cancel);
        await person.SeeAsync("It ended with exit code 5.", Cancel);
        await person.SeeAsync(Prompt, Cancel);
        await person.TypeAsync("ls /etc/never; exit 9\n", Cancel);
        await person.SeeAsync("No such file", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, await person.EndAsync(Cancel));
        Assert.Contains("IB4101", person.Shown, StringComparison.Ordinal);
        await NothingStaysAsync(repository);
    }

    [Fact]
    public async Task Before_a_step_the_build_stops_and_goes_on_with_what_the_step_does_and_nothing_else()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}echo built >/etc/built");
        repository.AddPhase("validate", ("See", "test -e /etc/built && test ! -e /etc/by-hand"));
        repository.Switches = ["--no-report", "--break=It", "--break=validate/See"];
        await using (var person = TypedSession.Start(repository.Command("Customize")))
        {
            await person.SeeAsync("Before the step faulty/build/It", Cancel);
            await person.SeeAsync(Prompt, Cancel);
            await person.TypeAsync("ls /etc/built; touch /etc/by-hand; exit 0\n", Cancel);
            await person.SeeAsync("No such file", Cancel);

            // In the system that the image boots to.
            await person.SeeAsync("Before the step faulty/validate/See", Cancel);
            await person.SeeAsync(Prompt, Cancel);
            await person.TypeAsync("ls /etc/by-hand; stty size; systemctl is-system-running --wait; touch /etc/by-hand; sleep 4743\n", Cancel);
            foreach (var text in (string[])["No such file", "41 113\r\n", "running\r\n"]) await person.SeeAsync(text, Cancel);
            await RunsAsync("sleep 4743");
            await person.TypeAsync(Interrupt, Cancel);
            await person.SeeAsync(Prompt, Cancel);
            await person.TypeAsync("exit 0\n", Cancel);

            Assert.Equal(0, await person.EndAsync(Cancel));
        }

        Assert.Equal((1, "/etc/built\n"), await PipedAsync(repository, "ls /etc/built; test -e /etc/by-hand", "--after=It"));
        await NothingStaysAsync(repository);
    }

    [Fact]
    public async Task A_break_that_does_not_end_with_0_stops_the_build()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}true");
        repository.Switches = ["--no-report", "--break=It"];
        await using var person = TypedSession.Start(repository.Command("Customize"));
        await person.SeeAsync(Prompt, Cancel);
        await person.TypeAsync("exit 3\n", Cancel);

        Assert.Equal((int)ExitCode.Stopped, await person.EndAsync(Cancel));
        Assert.Contains("IB4121", person.Shown, StringComparison.Ordinal);
        await NothingStaysAsync(repository);
    }

    [Fact]
    public async Task Where_a_validate_step_failed_a_shell_is_opened_in_the_booted_system()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}true");
        repository.AddPhase("validate", ("See", "touch /etc/seen; test -e /etc/never"));
        repository.Switches = ["--no-report", "--on-error=shell"];
        await using var person = TypedSession.Start(repository.Command("Customize"));
        await person.SeeAsync(Prompt, Cancel);
        await person.TypeAsync("ls /etc/seen; cat /proc/1/comm; touch /etc/never; exit 0\n", Cancel);
        foreach (var text in (string[])["/etc/seen\r\n", "systemd\r\n"]) await person.SeeAsync(text, Cancel);
        await person.SeeAsync(Prompt, Cancel); // in a fresh system it fails again
        await person.TypeAsync("exit 1\n", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, await person.EndAsync(Cancel));
        await NothingStaysAsync(repository);
    }

    [Theory]
    [InlineData("build")]
    [InlineData("validate")]
    public async Task The_root_of_a_failed_step_is_kept_with_its_script_and_a_way_in(string phase)
    {
        using var repository = new TestRepository($"{TestBuild.Unique}echo half >/etc/half; {(phase == "build" ? "exit 5" : "true")}");
        repository.AddPhase("validate", ("See", "echo seen >/etc/seen; exit 5"));
        repository.Switches = ["--no-report", "--on-error=keep"];

        var result = await repository.RunAsync("Customize", Cancel);

        Assert.Equal((int)ExitCode.BuildFailed, result.ExitCode);
        var enter = result.Output.Split('\n').Single(l => l.Contains("a shell in it: bash ", StringComparison.Ordinal)).Split("bash ")[1];
        const string look = "cat /etc/half /etc/seen; bash /run/imagebuilder/script; echo code=$? $IMAGEBUILDER_FILES $SOURCE_DATE_EPOCH";
        var inside = await s_programs.RunAsync(new Command("bash", enter, "sh", "-c", look), Cancel);
        Assert.StartsWith(phase == "build" ? "half\n" : "half\nseen\n", inside.Output, StringComparison.Ordinal);
        Assert.Contains("code=5 /run/imagebuilder/files 1", inside.Output, StringComparison.Ordinal);

        // At a terminal it is a shell of its own, whose exit code comes out.
        await using (var person = TypedSession.Start(new Command("bash", enter)))
        {
            await person.SeeAsync(Prompt, Cancel);
            await person.TypeAsync("sleep 4744\n", Cancel);
            await RunsAsync("sleep 4744");
            await person.TypeAsync(Interrupt, Cancel);
            await person.SeeAsync(Prompt, Cancel);
            await person.TypeAsync("exit 6\n", Cancel);
            Assert.Equal(6, await person.EndAsync(Cancel));
        }

        Assert.Equal(0, (await s_programs.RunAsync(new Command("bash", enter, "--remove"), Cancel)).ExitCode);
        Assert.False(Directory.Exists(Path.GetDirectoryName(enter)));
        await NothingStaysAsync(repository);
    }

    [Fact]
    public async Task Shell_shows_the_root_before_and_after_every_step_and_makes_nothing()
    {
        using var repository = new TestRepository($"{TestBuild.Unique}echo one >/etc/one");
        repository.AddSteps(("Second", "echo two >/etc/two"));
        Assert.Equal(((int)ExitCode.Usage, ""), await PipedAsync(repository, "true"));
        repository.Switches = ["--no-report"];
        Assert.Equal(0, (await repository.RunAsync("Customize", Cancel)).ExitCode);

        const string look = "cd /etc; ls one two machine-id 2>/dev/null; touch by-hand; exit 7";
        foreach (var (place, there) in (IEnumerable<(string, string)>)
            [("--before=It", ""), ("--after=parent", ""), ("--after=It", "one\n"), ("--before=Second", "one\n"), ("--after=faulty/build/Second", "one\ntwo\n")])
            Assert.Equal((7, there), Without("machine-id\n", await PipedAsync(repository, look, place)));
        Assert.Equal((0, "0\n"), await PipedAsync(repository, "stat -c %s /etc/machine-id", "--after=seal"));
        Assert.Equal((1, ""), await PipedAsync(repository, "test -e /etc/by-hand"));
        Assert.Equal((0, "script\n"), await PipedAsync(repository, "cd /run/imagebuilder; grep -l 'echo two' script", "--before=Second"));
        await NothingStaysAsync(repository);

        static (int, string) Without(string text, (int Exit, string Output) result) =>
            (result.Exit, result.Output.Replace(text, "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task Ended_while_a_shell_is_open_nothing_stays_and_the_terminal_is_as_it_was(string signal)
    {
        using var repository = new TestRepository("true");
        Assert.Equal(0, (await repository.RunAsync("Base", Cancel)).ExitCode);
        repository.Switches = ["--no-report", "--recipe=faulty", "--after=parent"];
        await using var person = TypedSession.Start(repository.Command("Shell"),
            "; echo ended=$?; for try in {1..100}; do [[ $(stty -a) == *-opost* ]] || break; sleep 0.1; done; stty -a");
        await person.SeeAsync(Prompt, Cancel);
        await person.TypeAsync("sleep 4745\n", Cancel);
        await RunsAsync("sleep 4745");
        var program = Traces.Tree(person.Id).Single(p => p.Command.StartsWith("dotnet ", StringComparison.Ordinal));

        await s_programs.RunAsync(new Command("kill", $"-{signal}", program.Id.ToString(CultureInfo.InvariantCulture)), Cancel);
        await person.SeeAsync(signal == "KILL" ? "ended=137" : "ended=130", Cancel);
        await person.EndAsync(Cancel);

        await Traces.NoProcessAsync("sleep 4745", Cancel);
        await Traces.NoProcessAsync(repository.Folder, Cancel);
        Traces.NoMount();
        var settings = person.Shown[person.Shown.LastIndexOf("ended=", StringComparison.Ordinal)..];
        Assert.Contains("isig", settings, StringComparison.Ordinal);
        foreach (var raw in (string[])["-isig", "-icanon", "-opost", "-echo "]) Assert.DoesNotContain(raw, settings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_needs_somebody_who_types()
    {
        using var repository = new TestRepository("true");
        repository.Switches = ["--no-report", "--on-error=shell"];

        var result = await repository.RunAsync("Customize", Cancel);

        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("IB7031", result.Error, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output)> PipedAsync(TestRepository repository, string commands, string place = "")
    {
        repository.Switches = ["--recipe=faulty", .. place.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        var result = await s_programs.RunAsync(repository.Command("Shell") with { Input = commands }, Cancel);
        return (result.ExitCode, result.Output);
    }

    private static Task RunsAsync(string command) => Traces.ProcessAsync(command, Cancel);

    private static async Task NothingStaysAsync(TestRepository repository)
    {
        Traces.NoMount();
        await Traces.NoControlGroupAsync(Cancel);
        await Traces.NoProcessAsync(repository.Folder, Cancel);
        await Traces.NoWorkAsync(repository.Cache, Cancel);
    }
}
