using System.Diagnostics;
using System.Globalization;
using System.Text;
using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Actions;

/// <summary>What the rendered scripts do, run by bash.</summary>
public sealed class ExecutionTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    private string In(string name) => _folder.At(name);

    [Fact]
    public async Task ExecuteBash_keeps_what_commands_print_and_their_exit_code()
    {
        var run = await RunAsync("ExecuteBash", """{ "commands": ["echo one; echo error >&2", "false", "printf two", "exit 7"] }""");
        Assert.Equal((7, "one\ntwo\n", "error"), (run.ExitCode, run.Output, run.Error));
        Assert.Equal("one\ntwo", _folder.Outputs["0.stdout"]);
    }

    [Fact]
    public async Task ExecuteBash_reads_commands_line_by_line_as_bash_does()
    {
        // An option that changes the syntax counts from the next line on, and standard input is not the script.
        var run = await RunAsync("ExecuteBash", """
            { "commands": ["shopt -s extglob", "case ab in @(ab|cd)) echo matched ;; esac", "read -r line; echo \"[$line]\"", "trap 'echo end' EXIT"] }
            """);
        Assert.Equal((0, "matched\n[]\nend\n"), (run.ExitCode, run.Output));
        Assert.Equal("matched\n[]\nend\n", _folder.Outputs["0.stdout"]);
    }

    [Fact]
    public async Task ExecuteBash_ends_when_a_process_stays_in_the_background()
    {
        var run = await RunAsync("ExecuteBash", """{ "commands": ["sleep 30 2> /dev/null & echo $! > child; echo started"] }""");
        Assert.Equal(0, run.ExitCode);
        Assert.InRange(run.Duration.TotalSeconds, 0, 20);
        Assert.Equal("started\n", _folder.Outputs["0.stdout"]);
        using var child = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(In("child"), TestContext.Current.CancellationToken), CultureInfo.InvariantCulture));
        child.Kill();
    }

    [Fact]
    public async Task ExecuteBash_keeps_all_of_a_long_output()
    {
        await RunAsync("ExecuteBash", """{ "commands": ["head -c 5000000 /dev/zero | tr '\\0' x"] }""");
        Assert.Equal(5_000_000, _folder.Outputs["0.stdout"].Length);
    }

    [Fact]
    public async Task References_are_filled_in_with_what_earlier_steps_gave()
    {
        var run = await _folder.RunAsync(RenderedDocument.Of($$$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: Ask, action: ExecuteBash, inputs: { commands: ["echo \"it's \\$HOME\"; echo '{{ build.Ask.x }}'"] } }
                  - { name: Write, action: CreateFile, inputs: [{ path: "{{{In("a")}}} {{ build.Ask.outputs.stdout }}", content: "<{{ build.Ask.outputs[0].stdout }}>" }] }
                  - { name: Exit, action: ExecuteBash, inputs: { commands: ["exit $(echo '{{ build.Ask.outputs.stdout }}' | wc -l)"] } }
            """.Replace("'{{ build.Ask.outputs.stdout }}' |", "\\\"{{ build.Ask.outputs.stdout }}\\\" |", StringComparison.Ordinal)));
        Assert.Equal("<it's $HOME\n{{ build.Ask.x }}>", await File.ReadAllTextAsync(In("a it's $HOME\n{{ build.Ask.x }}"), TestContext.Current.CancellationToken));
        Assert.Equal(2, run.ExitCode);
    }

    [Theory]
    [InlineData("utf-8", "aé😀")]
    [InlineData("utf16", "aé😀")]
    [InlineData("UTF-16-BE", "aé😀")]
    [InlineData("utf32-LE", "aé😀")]
    [InlineData("utf-32-be", "aé😀")]
    public async Task CreateFile_and_AppendFile_encode_without_a_byte_order_mark(string encoding, string text)
    {
        await OkAsync("CreateFile", $$"""[{ "path": "{{In("new/folder/f")}}", "content": "{{text}}", "encoding": "{{encoding}}" }]""");
        await OkAsync("AppendFile", $$"""[{ "path": "{{In("new/folder/f")}}", "content": "{{text}}", "encoding": "{{encoding}}" }]""");
        var expected = (encoding.ToUpperInvariant() switch
        {
            "UTF-8" => Encoding.UTF8,
            "UTF16" => Encoding.Unicode,
            "UTF-16-BE" => Encoding.BigEndianUnicode,
            "UTF32-LE" => Encoding.UTF32,
            _ => new UTF32Encoding(bigEndian: true, byteOrderMark: false),
        }).GetBytes(text + text);
        Assert.Equal(expected, await File.ReadAllBytesAsync(In("new/folder/f"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CreateFile_sets_permissions_and_replaces_unless_told_otherwise()
    {
        await OkAsync("CreateFile", $$"""[{ "path": "{{In("f")}}", "content": "one", "permissions": "4751" }]""");
        Assert.Equal("4751", Convert.ToString((int)File.GetUnixFileMode(In("f")), 8));
        await OkAsync("CreateFile", $$"""[{ "path": "{{In("f")}}", "content": "two" }]""");
        await FailsAsync("CreateFile", $$"""[{ "path": "{{In("f")}}", "content": "three", "overwrite": false }]""", "exists already");
        await FailsAsync("CreateFile", $$"""[{ "path": "{{_folder.Root}}", "content": "x" }]""", "is a folder");
        Assert.Equal("two", await File.ReadAllTextAsync(In("f"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Entries_are_worked_through_in_order_until_one_fails()
    {
        await FailsAsync("CreateFile", $$"""[{ "path": "{{In("a")}}" }, { "path": "{{_folder.Root}}" }, { "path": "{{In("c")}}" }]""", "is a folder");
        Assert.True(File.Exists(In("a")));
        Assert.False(File.Exists(In("c")));
    }

    [Fact]
    public Task AppendFile_needs_a_file() => FailsAsync("AppendFile", $$"""[{ "path": "{{In("none")}}", "content": "x" }]""", "there is no file");

    [Fact]
    public async Task CreateFolder_replaces_what_is_there_unless_told_otherwise()
    {
        await OkAsync("CreateFolder", $$"""[{ "path": "{{In("a/b")}}", "permissions": "0750" }]""");
        await File.WriteAllTextAsync(In("a/b/file"), "x", TestContext.Current.CancellationToken);
        await FailsAsync("CreateFolder", $$"""[{ "path": "{{In("a/b")}}", "overwrite": false }]""", "exists already");
        Assert.Equal("750", Convert.ToString((int)File.GetUnixFileMode(In("a/b")), 8));
        await OkAsync("CreateFolder", $$"""[{ "path": "{{In("a/b")}}" }]""");
        Assert.Empty(Directory.EnumerateFileSystemEntries(In("a/b")));
        await FailsAsync("CreateFolder", """[{ "path": "/" }]""", "root folder");
        await FailsAsync("CreateFolder", """[{ "path": "//usr/.." }]""", "root folder");
    }

    [Fact]
    public async Task CopyFile_copies_into_folders_and_over_files()
    {
        foreach (var name in new[] { "src/a.conf", "src/.b.conf", "src/c.txt", "src/sub.conf/x" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(name))!); // below the root
            await File.WriteAllTextAsync(In(name), name, TestContext.Current.CancellationToken);
        }

        await OkAsync("CopyFile", $$"""
            [{ "source": "{{In("src/*.conf")}}", "destination": "{{In("out/d/")}}" }, { "source": "{{In("src/c.txt")}}", "destination": "{{In("out/e")}}" }]
            """);
        Assert.Equal([".b.conf", "a.conf"], Directory.EnumerateFileSystemEntries(In("out/d")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.Equal("src/c.txt", await File.ReadAllTextAsync(In("out/e"), TestContext.Current.CancellationToken));
        await FailsAsync("CopyFile", $$"""[{ "source": "{{In("src/c.txt")}}", "destination": "{{In("out/e")}}", "overwrite": false }]""", "exists already");
        await FailsAsync("CopyFile", $$"""[{ "source": "{{In("src/c.txt")}}", "destination": "{{In("out")}}" }]""", "end it with /");
        await FailsAsync("CopyFile", $$"""[{ "source": "{{In("src/none")}}", "destination": "{{In("out/")}}" }]""", "there is no file");
        await FailsAsync("CopyFile", $$"""[{ "source": "{{In("src/*.none")}}", "destination": "{{In("out/")}}" }]""", "there is no file");
        await FailsAsync("CopyFile", $$"""[{ "source": "{{In("src")}}", "destination": "{{In("out/")}}" }]""", "there is no file");
        await OkAsync("CopyFile", $$"""[{ "source": "{{In("src/*.txt")}}", "destination": "{{In("out/one")}}" }]""");
        Assert.Equal("src/c.txt", await File.ReadAllTextAsync(In("out/one/c.txt"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SetFilePermissions_and_SetFileOwner_act_on_what_a_link_leads_to()
    {
        await File.WriteAllTextAsync(In("f"), "x", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(In("link"), In("f"));
        await OkAsync("SetFilePermissions", $$"""[{ "path": "{{In("link")}}", "permissions": 0604 }]""");
        Assert.Equal("604", Convert.ToString((int)File.GetUnixFileMode(In("f")), 8));
        await OkAsync("SetFileOwner", $$"""[{ "path": "{{In("link")}}", "owner": "{{Environment.UserName}}" }]""");
        await FailsAsync("SetFileOwner", $$"""[{ "path": "{{In("f")}}", "owner": "no-such-user-here" }]""", "no-such-user-here");
        await FailsAsync("SetFileOwner", $$"""[{ "path": "{{In("none")}}", "owner": "{{Environment.UserName}}" }]""", "there is no file");
        await FailsAsync("SetFilePermissions", $$"""[{ "path": "{{In("none")}}", "permissions": "0644" }]""", "there is no file");
    }

    [Fact]
    public async Task UpdateOS_names_the_packages_to_apt_that_are_included_and_not_excluded()
    {
        await PretendAsync("apt-get", "echo \"apt-get $*\" >> calls");
        await PretendAsync("apt-mark", "echo \"apt-mark $*\" >> calls; [ \"$1\" != showhold ] || echo held");
        await PretendAsync("dpkg-query", "case $* in *unknown*) exit 1 ;; esac");
        await OkAsync("UpdateOS", """{ "include": ["a", "b"], "exclude": ["b"] }""", Pretended);
        await OkAsync("UpdateOS", """{ "exclude": ["kernel", "held", "unknown"] }""", Pretended);
        const string options = "--yes -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold";
        Assert.Equal($"""
            apt-get update
            apt-get {options} install --only-upgrade -- a
            apt-get update
            apt-mark showhold
            apt-mark hold -- kernel
            apt-get {options} --with-new-pkgs upgrade
            apt-mark unhold -- kernel

            """, await File.ReadAllTextAsync(In("calls"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("dnf", "dnf --assumeyes --exclude=x upgrade\n")]
    [InlineData("yum", "yum --assumeyes --exclude=x upgrade\n")]
    [InlineData("zypper", "zypper --non-interactive refresh\nzypper --non-interactive addlock -- x\nzypper --non-interactive update\nzypper --non-interactive removelock -- x\n")]
    public async Task UpdateOS_takes_the_package_manager_that_is_there(string program, string calls)
    {
        await PretendAsync(program, $"echo \"{program} $*\" >> calls");
        await OkAsync("UpdateOS", """{ "exclude": ["x"] }""", Pretended);
        Assert.Equal(calls, await File.ReadAllTextAsync(In("calls"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(102, "1", 0)]
    [InlineData(103, "1\n1", 0)]
    [InlineData(104, "1", 104)]
    public async Task UpdateOS_knows_what_zypper_only_tells(int code, string runs, int expected)
    {
        await PretendAsync("zypper", $"[ \"$2\" != update ] || {{ echo 1 >> runs; exit {code}; }}");
        var run = await RunAsync("UpdateOS", "{ }", Pretended);
        Assert.Equal(expected == 0, run.Succeeded);
        Assert.Equal(runs + "\n", await File.ReadAllTextAsync(In("runs"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nothing_is_updated_when_all_that_is_included_is_excluded() =>
        Assert.Contains("nothing is updated", (await OkAsync("UpdateOS", """{ "include": ["a"], "exclude": ["a"] }""")).Output, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private string Pretended => In("bin");

    // Only what is pretended can be found, so that no program of the host is started.
    private async Task PretendAsync(string name, string script)
    {
        Directory.CreateDirectory(Pretended);
        await File.WriteAllTextAsync(Path.Combine(Pretended, name), "#!/bin/bash\n" + script + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(Path.Combine(Pretended, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var tool in new[] { "bash", "grep", "cat" })
            if (!File.Exists(Path.Combine(Pretended, tool))) File.CreateSymbolicLink(Path.Combine(Pretended, tool), new ProgramRunner().Find(tool)!); // every host has them
    }

    private Task<ProgramResult> RunAsync(string action, string inputs, string? path = null) => _folder.RunAsync(RenderedDocument.OfStep(action, inputs), path);

    private async Task<ProgramResult> OkAsync(string action, string inputs, string? path = null)
    {
        var run = await RunAsync(action, inputs, path);
        Assert.True(run.Succeeded, run.Error);
        return run;
    }

    private async Task FailsAsync(string action, string inputs, string error)
    {
        var run = await RunAsync(action, inputs);
        Assert.False(run.Succeeded);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
