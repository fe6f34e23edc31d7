using System.Text;
using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Actions;

/// <summary>What the rendered scripts of folders, links and lists do, run by bash.</summary>
public sealed class FolderExecutionTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public FolderExecutionTests()
    {
        foreach (var file in new[] { "a/.hidden", "a/sub/x.conf", "ab/y.conf", "z.log", "y.log" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(file))!); // below the root
            File.WriteAllText(In(file), file);
        }
    }

    [Fact]
    public async Task CopyFolder_copies_the_content_or_into_a_folder()
    {
        await OkAsync("CopyFolder", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("new/copy")}}" }, { "source": "{{In("a*")}}", "destination": "{{In("into/")}}" }]""");
        Assert.Equal("a/sub/x.conf", Read("new/copy/sub/x.conf"));
        Assert.Equal("a/.hidden", Read("into/a/.hidden"));
        Assert.Equal("ab/y.conf", Read("into/ab/y.conf"));
        await FailsAsync("CopyFolder", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("new/copy")}}", "overwrite": false }]""", "exists already");
        await FailsAsync("CopyFolder", $$"""[{ "source": "{{In("a/sub")}}", "destination": "{{In("a")}}" }]""", "holds the source");
        await OkAsync("CopyFolder", $$"""[{ "source": "{{In("a*")}}", "destination": "{{In("one")}}" }]""");
        Assert.Equal("ab/y.conf", Read("one/ab/y.conf"));
        await FailsAsync("CopyFolder", $$"""[{ "source": "{{In("z.log")}}", "destination": "{{In("b")}}" }]""", "there is no folder");
        Assert.Equal("a/sub/x.conf", Read("a/sub/x.conf"));
    }

    [Fact]
    public async Task MoveFolder_and_MoveFile_leave_nothing_behind()
    {
        await OkAsync("MoveFolder", $$"""[{ "source": "{{In("ab")}}", "destination": "{{In("a")}}" }]""");
        Assert.Equal("ab/y.conf", Read("a/y.conf"));
        Assert.False(Directory.Exists(In("ab")) || Directory.Exists(In("a/sub")));
        await OkAsync("MoveFile", $$"""[{ "source": "{{In("*.log")}}", "destination": "{{In("logs/")}}" }]""");
        Assert.False(File.Exists(In("z.log")));
        Assert.Equal("y.log", Read("logs/y.log"));
        await FailsAsync("MoveFile", $$"""[{ "source": "{{In("logs/y.log")}}", "destination": "{{In("logs/z.log")}}", "overwrite": false }]""", "exists already");
        await OkAsync("MoveFile", $$"""[{ "source": "{{In("logs/*.log")}}", "destination": "{{In("other")}}" }]""");
        Assert.Equal("y.log", Read("other/y.log"));
    }

    [Fact]
    public async Task CreateSymlink_replaces_links_only_and_only_when_forced()
    {
        await OkAsync("CreateSymlink", $$"""[{ "path": "{{In("links/l")}}", "target": "{{In("z.log")}}" }, { "path": "{{In("links/r")}}", "target": "../z.log" }]""");
        Assert.Equal("z.log", Read("links/l"));
        Assert.Equal("z.log", Read("links/r"));
        await FailsAsync("CreateSymlink", $$"""[{ "path": "{{In("links/l")}}", "target": "{{In("y.log")}}" }]""", "force is false");
        await OkAsync("CreateSymlink", $$"""[{ "path": "{{In("links/l")}}", "target": "{{In("y.log")}}", "force": true }]""");
        Assert.Equal("y.log", Read("links/l"));
        await FailsAsync("CreateSymlink", $$"""[{ "path": "{{In("z.log")}}", "target": "{{In("y.log")}}", "force": true }]""", "is not a link");
        await FailsAsync("CreateSymlink", $$"""[{ "path": "{{In("links/n")}}", "target": "{{In("none")}}" }]""", "does not exist");
    }

    [Fact]
    public async Task DeleteFile_deletes_files_and_no_folders()
    {
        await OkAsync("DeleteFile", $$"""[{ "path": "{{In("*.log")}}" }, { "path": "{{In("none")}}" }, { "path": "{{In("a*")}}" }]""");
        Assert.False(File.Exists(In("z.log")));
        Assert.True(Directory.Exists(In("ab")));
        await FailsAsync("DeleteFile", $$"""[{ "path": "{{In("a")}}" }]""", "is a folder");
    }

    [Fact]
    public async Task DeleteFolder_deletes_what_is_in_it_only_when_forced()
    {
        await FailsAsync("DeleteFolder", $$"""[{ "path": "{{In("a")}}" }]""", "not empty");
        await OkAsync("DeleteFolder", $$"""[{ "path": "{{In("a")}}", "force": true }]""");
        Assert.False(Directory.Exists(In("a")));
        await FailsAsync("DeleteFolder", $$"""[{ "path": "{{In("z.log")}}", "force": true }]""", "is not a folder");
        await FailsAsync("DeleteFolder", """[{ "path": "/usr/../", "force": true }]""", "root folder");
    }

    [Fact]
    public async Task SetFileEncoding_and_ReadFile_convert_there_and_back()
    {
        await File.WriteAllTextAsync(In("text"), "aé😀\n", TestContext.Current.CancellationToken);
        await OkAsync("SetFileEncoding", $$"""[{ "path": "{{In("text")}}", "encoding": "utf-16-BE" }]""");
        Assert.Equal("aé😀\n", Encoding.BigEndianUnicode.GetString(await File.ReadAllBytesAsync(In("text"), TestContext.Current.CancellationToken)));
        var run = await OkAsync("ReadFile", $$"""[{ "path": "{{In("z.log")}}" }, { "path": "{{In("text")}}", "encoding": "utf-16-BE", "printFileContent": true }]""");
        Assert.Equal(("z.log", "aé😀\n", "aé😀\n"), (_folder.Outputs["0.content"], _folder.Outputs["1.content"], run.Output));
    }

    [Fact]
    public async Task SetFolderPermissions_and_SetFolderOwner_go_down_unless_told_otherwise()
    {
        await OkAsync("SetFolderPermissions", $$"""[{ "path": "{{In("a")}}", "permissions": "0700" }, { "path": "{{In("ab")}}", "permissions": "0700", "recursive": false }]""");
        Assert.Equal(["700", "644"], Modes("a/sub/x.conf", "ab/y.conf"));
        await OkAsync("SetFolderOwner", $$"""[{ "path": "{{In("a")}}", "owner": "{{Environment.UserName}}" }]""");
        await FailsAsync("SetFolderOwner", $$"""[{ "path": "{{In("z.log")}}", "owner": "{{Environment.UserName}}" }]""", "there is no folder");
    }

    [Fact]
    public async Task ListFiles_lists_files_in_order_with_commas_between()
    {
        await OkAsync("ListFiles", $$"""
            [{ "path": "{{_folder.Root}}", "fileNamePattern": "*.log" }, { "path": "{{In("a")}}", "recursive": true },
             { "path": "{{In("ab")}}", "fileNamePattern": "?.conf" }]
            """);
        Assert.Equal([$"{In("y.log")},{In("z.log")}", $"{In("a/.hidden")},{In("a/sub/x.conf")}", ""], Enumerable.Range(0, 3).Select(i => _folder.Outputs[$"{i}.files"]));
    }

    [Fact]
    public async Task ExecuteBinary_hands_over_each_argument_as_it_is()
    {
        var run = await _folder.RunAsync(RenderedDocument.OfStep("ExecuteBinary", """{ "path": "printf", "arguments": ["[%s]", "it's $HOME *", ""] }"""));
        Assert.Equal((0, "[it's $HOME *][]"), (run.ExitCode, _folder.Outputs["0.stdout"]));
        Assert.Equal(3, (await _folder.RunAsync(RenderedDocument.OfStep("ExecuteBinary", """{ "path": "bash", "arguments": ["-c", "exit 3"] }"""))).ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    private IEnumerable<string> Modes(params IEnumerable<string> names) => names.Select(n => Convert.ToString((int)File.GetUnixFileMode(In(n)) & 0b111_101_101, 8));

    private string In(string name) => _folder.At(name);

    private string Read(string name) => File.ReadAllText(In(name));

    private async Task<ProgramResult> OkAsync(string action, string inputs)
    {
        var run = await _folder.RunAsync(RenderedDocument.OfStep(action, inputs));
        Assert.True(run.Succeeded, run.Error);
        return run;
    }

    private async Task FailsAsync(string action, string inputs, string error)
    {
        var run = await _folder.RunAsync(RenderedDocument.OfStep(action, inputs));
        Assert.False(run.Succeeded);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
