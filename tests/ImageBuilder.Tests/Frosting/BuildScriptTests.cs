using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ImageBuilder.Tests.Frosting;

/// <summary>build.sh in a small repository of its own, with a <c>dotnet</c> that only notes what it is asked to do.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private const string Dotnet = """
        #!/bin/bash
        case $1 in
        --version) ;;
        publish)
            made=.build/artifacts/obj/made goes=
            [[ ! -e $made ]] || goes=' goes on'
            echo "$*$goes" >>"$JOURNAL"
            mkdir -p "${made%/*}" && touch "$made"
            if [[ $* == *ReadyToRun=true* && -n $NO_COMPILER ]]; then
                echo 'error NU1101: there is no package of the compiler'
                exit 1
            fi
            sleep "${BUILD_TAKES:-0}"
            if [[ -n $BROKEN ]]; then
                printf '%s\n' "  Restored." "$PWD/build/A.cs(1,2): error CS1002: ; expected [$PWD/x.csproj]" "noise"
                exit 1
            fi
            while [[ $1 != --output ]]; do shift; done
            mkdir -p "$2" && cat build/Build/*.cs >"$2/ImageBuilderBuild.dll" ;;
        */artifacts/program/ImageBuilderBuild.dll) [[ -z $OTHER_RUNTIME ]] || kill -ABRT $$ ;;
        *) [[ -z $HOLD ]] || { touch "$HOLD"; while [[ -e $HOLD ]]; do sleep 0.01; done; }
            printf '%s|' "$(<"$1")" "$PWD" "$IMAGEBUILDER_CALLER" "${@:2}"; exit "${EXIT_CODE:-0}" ;;
        esac
        """;

    private const string Installer = """
        while [[ $1 != --version ]]; do shift; done
        echo "installs $2" >>"$JOURNAL"
        mkdir -p .build/dotnet && cp "$REAL" .build/dotnet/dotnet
        """;

    private static readonly string[] _tools =
        ["bash", "cat", "chmod", "cp", "find", "flock", "grep", "id", "mkdir", "mv", "readlink", "rm", "sed", "sleep", "sort", "tail", "touch"];

    private readonly string _root = Directory.CreateTempSubdirectory("build sh ").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public BuildScriptTests()
    {
        Directory.CreateDirectory(Repository);
        Directory.CreateDirectory(PathOf("bin"));
        File.Copy(Path.Combine(Checkout(), "build.sh"), InRepository("build.sh"));
        foreach (var tool in _tools) File.CreateSymbolicLink(PathOf("bin", tool), $"/usr/bin/{tool}");
        WriteProgram(PathOf("real"), Dotnet);
        File.CreateSymbolicLink(PathOf("bin", "dotnet"), PathOf("real"));
        WriteSource("build/Build/Program.cs", "one");
        WriteSource("global.json", """{ "sdk": { "version": "10.0.401", "rollForward": "latestFeature" } }""");
        _environment["PATH"] = PathOf("bin");
        _environment["JOURNAL"] = PathOf("journal");
        _environment["REAL"] = PathOf("real");
    }

    private string Repository => PathOf("a checkout");

    private string[] Journal => File.Exists(PathOf("journal")) ? File.ReadAllLines(PathOf("journal")) : [];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Every_argument_reaches_the_program_unchanged()
    {
        string[] arguments = ["--target=Image", "two words", "*", "", "'", "\"", "$(id)", "\\", "-e", "--", "täxt\nline"];

        Assert.Equal(arguments, Run(arguments).Output.Split('|')[3..^1]);
    }

    [Fact]
    public void The_program_runs_in_the_root_of_the_repository_and_is_told_where_the_caller_is()
    {
        Directory.CreateDirectory(InRepository("recipes"));

        Assert.Equal(["one", Repository, InRepository("recipes")], Run([], from: InRepository("recipes")).Output.Split('|')[..3]);
    }

    [Fact]
    public void The_exit_code_is_the_programs()
    {
        _environment["EXIT_CODE"] = "11";

        Assert.Equal(11, Run().ExitCode);
    }

    [Fact]
    public void It_builds_once_and_then_starts_the_program_directly()
    {
        Assert.Contains("building", Run().Error, StringComparison.Ordinal);
        var second = Run("again");

        Assert.Single(Journal);
        Assert.Equal("", second.Error);
        Assert.EndsWith("|again|", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void It_builds_again_after_a_source_was_changed_added_or_deleted()
    {
        Run();

        WriteSource("build/Build/Program.cs", "two");
        Assert.StartsWith("two|", Run().Output, StringComparison.Ordinal);
        WriteSource("build/ImageBuilder/Text.sh.sbn", "{{ x }}");
        Run();
        File.Delete(InRepository("build/ImageBuilder/Text.sh.sbn"));
        Run();

        Assert.Equal(4, Journal.Length);
        Assert.All(Journal[1..], line => Assert.EndsWith(" goes on", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_there_is_no_package_to_compile_ahead_of_time_it_builds_without()
    {
        _environment["NO_COMPILER"] = "1";

        Assert.StartsWith("one|", Run().Output, StringComparison.Ordinal);
        Assert.Equal(2, Journal.Length);
        Assert.DoesNotContain("ReadyToRun", Journal[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_start_with_the_dotnet_that_is_there_is_compiled_for_any()
    {
        _environment["OTHER_RUNTIME"] = "1";
        var run = Run();

        Assert.Equal(("one", "build.sh: building the program …\n"), (run.Output.Split('|')[0], run.Error));
        Assert.Equal([true, false], Journal.Select(line => line.Contains("PublishForOneRuntime=true", StringComparison.Ordinal)));
        Assert.All(Journal, line => Assert.Contains("PublishReadyToRun=true", line, StringComparison.Ordinal));
    }

    [Fact]
    public void It_builds_again_for_another_dotnet()
    {
        void Install(string version)
        {
            var folder = Directory.CreateDirectory(PathOf("shared", "Microsoft.NETCore.App", version)).FullName;
            File.WriteAllText(Path.Combine(folder, "System.Private.CoreLib.dll"), version);
        }

        Install("10.0.12");
        Run();
        Run();
        Assert.Single(Journal);
        Install("10.0.13");
        Run();

        Assert.Equal(2, Journal.Length);
    }

    [Fact]
    public void It_compiles_everything_after_a_source_was_replaced_by_an_older_one()
    {
        Run();
        WriteSource("build/Build/Program.cs", "old");
        File.SetLastWriteTimeUtc(InRepository("build/Build/Program.cs"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.StartsWith("old|", Run().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("goes on", Journal[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Output_folders_and_documentation_are_no_reason_to_build()
    {
        Run();
        WriteSource("build/Build/obj/Generated.cs", "x");
        WriteSource("build/Build/bin/Debug/x.dll", "x");
        WriteSource("build/README.md", "x");
        WriteSource("recipes/x/recipe.yml", "x");
        Run();

        Assert.Single(Journal);
    }

    [Fact]
    public void A_program_that_does_not_compile_shows_its_errors_only_and_exit_code_1()
    {
        _environment["BROKEN"] = "1";
        var run = Run();

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains($"{InRepository("build/A.cs")}(1,2): error CS1002: ; expected\n", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("noise", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("csproj", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_build_that_failed_the_program_before_it_is_not_started()
    {
        Run();
        WriteSource("build/Build/Program.cs", "two");
        _environment["BROKEN"] = "1";
        Assert.Equal(1, Run().ExitCode);
        Assert.Equal(1, Run().ExitCode);
        _environment.Remove("BROKEN");

        Assert.StartsWith("two|", Run().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("goes on", Journal[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_at_once_build_only_once()
    {
        _environment["BUILD_TAKES"] = "0.2";
        var both = await Task.WhenAll(Task.Run(() => Run("a")), Task.Run(() => Run("b")));

        Assert.Single(Journal);
        Assert.All(both, run => Assert.Equal(0, run.ExitCode));
    }

    [Fact]
    public async Task A_program_that_is_running_keeps_its_files_while_others_are_built()
    {
        var hold = PathOf("hold");
        _environment["HOLD"] = hold;
        var running = Start([], Repository);
        while (!File.Exists(hold)) await Task.Delay(5, TestContext.Current.CancellationToken);
        _environment.Remove("HOLD");
        var first = Directory.GetDirectories(InRepository(".build/program")).Single();

        foreach (var text in (string[])["two", "three", "four"])
        {
            WriteSource("build/Build/Program.cs", text);
            Run();
        }

        Assert.True(Directory.Exists(first));
        File.Delete(hold);
        Assert.StartsWith("one|", Finish(running).Output, StringComparison.Ordinal);

        WriteSource("build/Build/Program.cs", "five");
        Run();
        Assert.False(Directory.Exists(first));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_missing_or_too_old_sdk_is_installed_into_the_checkout_as_pinned(bool tooOld)
    {
        File.Delete(PathOf("bin", "dotnet"));
        if (tooOld) WriteProgram(PathOf("bin", "dotnet"), "exit 145");
        WriteProgram(PathOf("bin", "curl"), $"cat <<'END'\n{Installer}\nEND");

        var first = Run("--tree");
        Assert.True(first.ExitCode == 0, first.Error);
        Run("--tree");

        Assert.Equal("installs 10.0.401", Journal[0]);
        Assert.Equal(2, Journal.Length);
    }

    [Fact]
    public void An_sdk_that_cannot_be_downloaded_is_named_with_its_package_and_exit_code_3()
    {
        File.Delete(PathOf("bin", "dotnet"));
        WriteProgram(PathOf("bin", "curl"), "echo 'curl: (6) Could not resolve host' >&2; exit 6");
        var run = Run();

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("Could not resolve host", run.Error, StringComparison.Ordinal);
        Assert.Contains("10.0.401", run.Error, StringComparison.Ordinal);
        Assert.Contains("dotnet-sdk-10.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkout_that_cannot_be_written_says_so()
    {
        File.WriteAllText(InRepository(".build"), "");
        var run = Run();

        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"cannot write to {InRepository(".build")}", run.Error, StringComparison.Ordinal);
    }

    private static string Checkout([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(file, "../../../.."));

    private static void WriteProgram(string path, string text)
    {
        File.WriteAllText(path, text.StartsWith('#') ? text : "#!/bin/bash\n" + text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([_root, .. parts]);

    private string InRepository(string path) => Path.Combine(Repository, path);

    private void WriteSource(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(InRepository(path))!); // A file in the repository has a folder.
        File.WriteAllText(InRepository(path), text);
        // A file written in the same tick of the kernel's clock as the stamp is no newer than it.
        File.SetLastWriteTimeUtc(InRepository(path), DateTime.UtcNow.AddSeconds(1));
    }

    private (int ExitCode, string Output, string Error) Run(params string[] arguments) => Run(arguments, Repository);

    private (int ExitCode, string Output, string Error) Run(string[] arguments, string from) => Finish(Start(arguments, from));

    private Process Start(string[] arguments, string from)
    {
        var start = new ProcessStartInfo(InRepository("build.sh"), arguments)
        {
            WorkingDirectory = from,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        return Process.Start(start)!; // Null only when the shell would start it.
    }

    private static (int ExitCode, string Output, string Error) Finish(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
    }
}
