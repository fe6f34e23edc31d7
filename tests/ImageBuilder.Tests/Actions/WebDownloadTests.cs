using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Actions;

/// <summary>Downloads with each of the programs that images have, from a server on the loopback interface.</summary>
public sealed class WebDownloadTests : IAsyncDisposable
{
    private const string Sha256OfTest = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08";

    private readonly ScriptFolder _folder = new();
    private readonly WebServer _server = new();

    public static TheoryData<string> Programs => ["curl", "wget", "/usr/lib/apt/apt-helper"];

    [Theory, MemberData(nameof(Programs))]
    public async Task A_file_is_downloaded_through_redirects(string program)
    {
        _server.Answer("/a/tool.tar?x=1", 302, "", "/b");
        _server.Answer("/b", 200, "test");
        var run = await RunAsync($$"""
            [{ "source": "{{_server.Address}}/a/tool.tar?x=1", "destination": "{{_folder.At("new/dir/")}}" },
             { "source": "{{_server.Address}}/b", "destination": "{{_folder.At("b")}}" }]
            """, program);
        Assert.True(run.Succeeded, run.Error);
        Assert.Equal("test", await File.ReadAllTextAsync(_folder.At("new/dir/tool.tar"), TestContext.Current.CancellationToken));
        Assert.Equal("test", await File.ReadAllTextAsync(_folder.At("b"), TestContext.Current.CancellationToken));
        Assert.Equal($"{_folder.At("new/dir/tool.tar")}\n{_folder.At("b")}\n", _folder.Outputs["0.destination"]);
        Assert.Equal(["tool.tar"], Directory.EnumerateFileSystemEntries(_folder.At("new/dir")).Select(f => Path.GetFileName(f)));
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task A_server_that_stumbles_is_asked_again(string program)
    {
        _server.Answer("/f", 503, "not now");
        _server.Answer("/f", 200, "test");
        var run = await RunAsync(Checked("sha256"), program);
        Assert.True(run.Succeeded, run.Error);
        Assert.Equal(2, _server.Asked.Count);
    }

    [Fact]
    public async Task A_wrong_checksum_fails_and_leaves_what_was_there()
    {
        _server.Answer("/f", 200, "other");
        await File.WriteAllTextAsync(_folder.At("f"), "before", TestContext.Current.CancellationToken);
        var run = await RunAsync(Checked("SHA256"), "curl");
        Assert.Contains("does not have the SHA256 checksum", run.Error, StringComparison.Ordinal);
        Assert.Equal("before", await File.ReadAllTextAsync(_folder.At("f"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_has_the_checksum_is_not_downloaded_again()
    {
        await File.WriteAllTextAsync(_folder.At("f"), "test", TestContext.Current.CancellationToken);
        var run = await RunAsync(Checked("SHA256"), "curl");
        Assert.True(run.Succeeded, run.Error);
        Assert.Empty(_server.Asked);
        Assert.Equal(_folder.At("f") + "\n", _folder.Outputs["0.destination"]);
    }

    [Fact]
    public async Task A_file_that_exists_is_kept_when_overwrite_is_false()
    {
        await File.WriteAllTextAsync(_folder.At("f"), "before", TestContext.Current.CancellationToken);
        var run = await RunAsync($$"""[{ "source": "{{_server.Address}}/f", "destination": "{{_folder.At("f")}}", "overwrite": false }]""", "curl");
        Assert.Contains("exists already", run.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task An_answer_other_than_200_is_an_error(string program)
    {
        // Five tries take 15 seconds; this test ends at the second.
        var run = await RunAsync($$"""[{ "source": "{{_server.Address}}/none", "destination": "{{_folder.At("f")}}" }]""", program, "sleep() { [ \"$1\" = 1 ] || exit 9; }\n");
        Assert.Equal((9, 2), (run.ExitCode, _server.Asked.Count));
        Assert.False(File.Exists(_folder.At("f")) || File.Exists(_folder.At("f.part")));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private string Checked(string algorithm) =>
        $$"""[{ "source": "{{_server.Address}}/f", "destination": "{{_folder.At("f")}}", "algorithm": "{{algorithm}}", "checksum": "{{Sha256OfTest}}" }]""";

    private async Task<ProgramResult> RunAsync(string inputs, string program, string before = "")
    {
        var programs = new ProgramRunner();
        Assert.SkipWhen(programs.Find(program) is null, $"It needs the program {program}.");
        var found = Directory.CreateDirectory(_folder.At("bin")).FullName;
        foreach (var tool in new[] { "bash", "mkdir", "rm", "mv", "sleep", "sha256sum", program }.Where(t => !t.Contains('/', StringComparison.Ordinal)))
            File.CreateSymbolicLink(Path.Combine(found, tool), programs.Find(tool)!); // every host has them
        var step = Assert.Single(RenderedDocument.OfStep("WebDownload", inputs).Steps);
        return await _folder.RunAsync(before + step.Script, found);
    }
}
