using ImageBuilder.Processes;
using ImageBuilder.Tests.House;

namespace ImageBuilder.SystemTests.Program;

/// <summary>build.ps1 under PowerShell, in a small repository with a <c>dotnet</c> that only notes what it is asked to do, and once in a copy of this one.</summary>
public sealed class PowerShellScriptTests : IClassFixture<PowerShellTool>, IDisposable
{
    private const string Dotnet = """
        #!/bin/bash
        case $1 in
        --version) exit "${SDK:-0}" ;;
        build)
            echo "$*" >>"$JOURNAL"
            while [[ -e $HOLD ]]; do touch "$HOLD.reached"; sleep 0.01; done
            if [[ -n $BROKEN ]]; then
                printf '%s\n' '  Restored.' "$PWD/build/A.cs(1,2): error CS1002: ; expected [x.csproj]" noise "$PWD/build/A.cs(1,2): error CS1002: ; expected [x.csproj]"
                exit 1
            fi
            while [[ $1 != --artifacts-path ]]; do shift; done
            mkdir -p "$2/bin/Build/release" && cat build/Build/*.cs >"$2/bin/Build/release/ImageBuilderBuild.dll" ;;
        *) [[ -z $READS ]] || cat
            printf '%s¦' "$(<"$1")" "$0" "$PWD" "$IMAGEBUILDER_CALLER" "${@:2}"; exit "${EXIT_CODE:-0}" ;;
        esac
        """;

    private static readonly ProgramRunner s_programs = new();

    private static readonly string[] s_hostile =
    [
        "--target=Image", "--recipe=*", "*", "b*", "?lobal.json", "[b]uild", "~", "~/x", "", " ", "two words", "'", "''", "\u2018\u2019", "\"", "a\"b\\\"", "\\",
        "$x", "$(throw)", "`", "`n", "@args", "--", "-e", "-File", ";", "|", "&", ">x", "#", "{0}", "täxt\nline",
        "--mirror=http://127.0.0.1:81/x", "--document=C:\\x", "-a:b", "a:b", "--x:", ":",
    ];

    private readonly string _root = Directory.CreateTempSubdirectory("build ps1 ").FullName;
    private readonly PowerShellTool _tool;
    private readonly Dictionary<string, string> _environment;

    public PowerShellScriptTests(PowerShellTool tool)
    {
        _tool = tool;
        _environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{PathOf("bin")}:/usr/bin:/bin",
            ["HOME"] = PathOf("home"),
            ["JOURNAL"] = PathOf("journal"),
            ["HOLD"] = PathOf("hold"),
            ["POWERSHELL_TELEMETRY_OPTOUT"] = "1",
        };
        Directory.CreateDirectory(PathOf("home"));
        WriteSource("build/Build/Program.cs", "one");
        WriteSource("global.json", """{ "sdk": { "version": "10.0.401", "rollForward": "latestFeature" } }""");
        File.Copy(Path.Combine(Repository.Root, "build.ps1"), InRepository("build.ps1"));
        WriteProgram("bin/dotnet", Dotnet);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Brackets are a pattern to PowerShell wherever a path is not taken literally.
    private string Folder => PathOf("a [check]out");

    private string State => InRepository(".build/powershell");

    private string[] Journal => File.Exists(PathOf("journal")) ? File.ReadAllLines(PathOf("journal")) : [];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Every_argument_reaches_the_program_unchanged()
    {
        var run = await RunAsync(s_hostile);

        Assert.Equal(s_hostile, ArgumentsOf(run));
    }

    [Fact]
    public async Task Typed_in_a_session_commas_and_colons_stay_what_they_are()
    {
        var run = await TypeAsync("& $env:SCRIPT --phases=build,validate --mirror=http://127.0.0.1:81/x '*' '~' b*");

        Assert.Equal(["--phases=build,validate", "--mirror=http://127.0.0.1:81/x", "*", "~", "b*"], ArgumentsOf(run));
    }

    [Fact]
    public async Task What_the_program_writes_is_output_for_the_session()
    {
        var run = await TypeAsync("$said = & $env:SCRIPT x; \"<$said> $LASTEXITCODE\"");

        Assert.StartsWith("<one¦", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("¦x¦> 0\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_exit_code_is_the_programs()
    {
        _environment["EXIT_CODE"] = "11";

        Assert.Equal(11, (await RunAsync()).ExitCode);
    }

    [Fact]
    public async Task The_program_reads_the_input_of_the_script()
    {
        _environment["READS"] = "1";
        var run = await s_programs.RunAsync(Command() with { Input = "first\nsecond\n" }, Cancel);

        Assert.StartsWith("first\nsecond\none¦", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_runs_in_the_root_of_the_repository_and_is_told_where_the_caller_is()
    {
        var run = await s_programs.RunAsync(Command() with { WorkingDirectory = PathOf("home") }, Cancel);

        Assert.Equal([PathOf("bin/dotnet"), Folder, PathOf("home")], run.Output.Split('¦')[1..4]);
    }

    [Fact]
    public async Task It_builds_once_and_then_starts_the_program_directly()
    {
        Assert.Equal("build.ps1: building the program …\n", ErrorOf(await RunAsync()));
        var second = await RunAsync("again");

        Assert.Single(Journal);
        Assert.Equal("", second.Error);
        Assert.EndsWith("¦again¦\n", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_compiles_everything_only_after_an_input_was_replaced_by_an_older_one()
    {
        await RunAsync();
        WriteSource("build/Build/Program.cs", "two");
        Assert.StartsWith("two¦", (await RunAsync()).Output, StringComparison.Ordinal);
        WriteSource("build/Build/Program.cs", "old");
        File.SetLastWriteTimeUtc(InRepository("build/Build/Program.cs"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.StartsWith("old¦", (await RunAsync()).Output, StringComparison.Ordinal);

        Assert.Equal(3, Journal.Length);
        Assert.DoesNotContain("--no-incremental", Journal[1], StringComparison.Ordinal);
        Assert.EndsWith(" --no-incremental", Journal[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_does_not_compile_shows_its_errors_only_and_is_built_again()
    {
        await RunAsync();
        WriteSource("build/Build/Program.cs", "two");
        _environment["BROKEN"] = "1";
        var broken = await RunAsync();
        Assert.Equal((1, ""), (broken.ExitCode, broken.Output));
        Assert.Equal($"build.ps1: building the program …\n{InRepository("build/A.cs")}(1,2): error CS1002: ; expected\n"
            + "build.ps1: the program does not compile\n", ErrorOf(broken));

        Assert.Equal(1, (await RunAsync()).ExitCode);
        _environment.Remove("BROKEN");
        Assert.StartsWith("two¦", (await RunAsync()).Output, StringComparison.Ordinal);
        Assert.Equal(4, Journal.Length);
        Assert.EndsWith(" --no-incremental", Journal[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_at_once_build_only_once()
    {
        await File.WriteAllTextAsync(PathOf("hold"), "", Cancel);
        var first = RunAsync("a");
        while (!File.Exists(PathOf("hold.reached")) && !first.IsCompleted) await Task.Delay(10, Cancel);
        var waits = new TaskCompletionSource();
        var second = s_programs.RunAsync(Command("b"), line =>
        {
            if (line.Contains("waiting for another build.ps1", StringComparison.Ordinal)) waits.TrySetResult();
        }, Cancel);
        await Task.WhenAny(waits.Task, second);
        File.Delete(PathOf("hold"));

        var runs = await Task.WhenAll(first, second);
        Assert.True(waits.Task.IsCompleted, runs[1].Error);
        Assert.Equal(["a", "b"], runs.Select(run => ArgumentsOf(run).Single()));
        Assert.Single(Journal);
    }

    [Fact]
    public async Task A_missing_sdk_is_installed_into_the_checkout_as_pinned()
    {
        WriteProgram("real", Dotnet);
        WriteProgram("bin/dotnet", "#!/bin/bash\nexit 145\n");
        await File.WriteAllTextAsync(PathOf("installer"), """
            echo "installs $*" >>"$JOURNAL"
            mkdir -p "$4" && cp "$REAL" "$4/dotnet"
            """, Cancel);
        _environment["REAL"] = PathOf("real");
        _environment["INSTALLER"] = PathOf("installer");
        var run = await TypeAsync("function Invoke-WebRequest($Uri, $OutFile) { [IO.File]::Copy($env:INSTALLER, $OutFile) }; & $env:SCRIPT x; exit $LASTEXITCODE");

        Assert.Equal(["x"], ArgumentsOf(run));
        Assert.Equal($"installs --version 10.0.401 --install-dir {State}/dotnet --no-path", Journal[0]);
        Assert.Equal($"{State}/dotnet/dotnet", run.Output.Split('¦')[1]);
    }

    [Fact]
    public async Task An_sdk_that_cannot_be_downloaded_is_named_with_exit_code_3()
    {
        _environment["SDK"] = "145";
        _environment["http_proxy"] = _environment["https_proxy"] = "http://127.0.0.1:1";
        _environment["no_proxy"] = "";
        var run = await RunAsync();

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains("127.0.0.1:1", run.Error, StringComparison.Ordinal);
        Assert.Contains("the .NET SDK 10.0.401 is missing and could not be installed", run.Error, StringComparison.Ordinal);
        Assert.Empty(Journal);
    }

    [Theory]
    [InlineData(".build")]
    [InlineData(".build/powershell")]
    [InlineData(".build/powershell/program")]
    public async Task A_checkout_that_cannot_be_written_says_so_with_exit_code_3(string file)
    {
        WriteSource(file, "");
        var run = await RunAsync();

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"build.ps1: cannot write to {State}, where the program is built: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(Journal);
    }

    [Fact]
    public async Task It_compiles_this_checkout_and_starts_what_was_compiled()
    {
        var copy = PathOf("copy");
        foreach (var file in Repository.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, file))!); // below the copy
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(copy, file));
        }

        var command = _tool.Command("-File", Path.Combine(copy, "build.ps1"), "--target=Validate") with { TimeOut = TimeSpan.FromMinutes(10) };
        var run = await s_programs.RunAsync(command, Cancel);

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Contains("Validate", run.Output, StringComparison.Ordinal);
    }

    private static string ErrorOf(ProgramResult run) => run.Error.TrimEnd('\n') + "\n";

    private static string[] ArgumentsOf(ProgramResult run)
    {
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Split('¦')[4..^1];
    }

    private string PathOf(string name) => Path.Combine(_root, name);

    private string InRepository(string path) => Path.Combine(Folder, path);

    private void WriteProgram(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!); // below the root
        File.WriteAllText(PathOf(name), text);
        File.SetUnixFileMode(PathOf(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void WriteSource(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(InRepository(path))!); // A file in the repository has a folder.
        File.WriteAllText(InRepository(path), text);
        // A file written in the same tick of the kernel's clock as the stamp is no newer than it.
        File.SetLastWriteTimeUtc(InRepository(path), DateTime.UtcNow.AddSeconds(1));
    }

    private Command Command(params ReadOnlySpan<string> arguments) => _tool.Command(["-File", InRepository("build.ps1"), .. arguments]) with
    {
        WorkingDirectory = Folder,
        Environment = _environment,
        TimeOut = TimeSpan.FromMinutes(3),
    };

    private Task<ProgramResult> RunAsync(params string[] arguments) => s_programs.RunAsync(Command(arguments), Cancel);

    // As in a session of PowerShell, where $env:SCRIPT is build.ps1.
    private Task<ProgramResult> TypeAsync(string text) => s_programs.RunAsync(_tool.Command("-Command", text) with
    {
        WorkingDirectory = Folder,
        Environment = new Dictionary<string, string>(_environment) { ["SCRIPT"] = InRepository("build.ps1") },
        TimeOut = TimeSpan.FromMinutes(3),
    }, Cancel);
}
