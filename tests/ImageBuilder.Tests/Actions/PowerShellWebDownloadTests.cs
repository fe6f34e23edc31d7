using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ImageBuilder.Tests.Actions;

/// <summary>Downloads of the scripts rendered for Windows, from a server on the loopback interface.</summary>
[Collection(InPowerShell.Name)]
public sealed class PowerShellWebDownloadTests(PowerShellEngine engine) : IAsyncDisposable
{
    private const string Sha256OfTest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private readonly PowerShellFolder _folder = new(engine);
    private readonly WebServer _server = new();

    [Fact]
    public void A_file_is_downloaded_through_redirects()
    {
        _server.Answer("/a/tool.tar?x=1/2", 302, "", "/b");
        _server.Answer("/b", 200, "test");
        Ok($$"""
            [{ "source": "{{_server.Address}}/a/tool.tar?x=1/2", "destination": "{{_folder.At("new/dir/")}}" },
             { "source": "{{_server.Address}}/b", "destination": "{{_folder.At("b")}}" }]
            """);
        Assert.Equal(("test", "test"), (File.ReadAllText(_folder.At("new/dir/tool.tar")), File.ReadAllText(_folder.At("b"))));
        Assert.Equal($"{_folder.At("new/dir/tool.tar")}\n{_folder.At("b")}\n", _folder.Outputs["0.destination"]);
        Assert.Equal(["tool.tar"], Directory.EnumerateFileSystemEntries(_folder.At("new/dir")).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void A_server_that_stumbles_is_asked_again()
    {
        _server.Answer("/f", 503, "not now");
        _server.Answer("/f", 200, "test");
        File.WriteAllText(_folder.At("f"), "before");
        var run = _folder.Run("WebDownload", Checked("SHA256", Sha256OfTest.ToUpperInvariant()));
        Assert.Equal((0, 2, "test"), (run.ExitCode, _server.Asked.Count, File.ReadAllText(_folder.At("f"))));
        Assert.Contains("/f, try 1: ", run.Error, StringComparison.Ordinal);
        Assert.Equal("", Ok(Checked("sha256", Sha256OfTest)).Error);
        Assert.Equal(2, _server.Asked.Count);
        Assert.Equal(_folder.At("f") + "\n", _folder.Outputs["0.destination"]);
    }

    [Theory]
    [InlineData("MD5")]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    [InlineData("SHA512")]
    public void A_wrong_checksum_fails_and_leaves_what_was_there(string algorithm)
    {
        _server.Answer("/f", 200, "other");
        File.WriteAllText(_folder.At("f"), "before");
        Fails(Checked(algorithm, "00"), $"{_server.Address}/f does not have the {algorithm} checksum 00");
        Assert.Equal("before", File.ReadAllText(_folder.At("f")));
        Assert.False(File.Exists(_folder.At("f.part")));
    }

    [Fact]
    public void What_exists_is_kept_when_overwrite_is_false()
    {
        File.WriteAllText(_folder.At("f"), "before");
        Fails($$"""[{ "source": "{{_server.Address}}/f", "destination": "{{_folder.At("f")}}", "overwrite": false }]""", "exists already");
        Fails($$"""[{ "source": "{{_server.Address}}/f", "destination": "{{_folder.Root}}" }]""", "is a folder");
        Fails($$"""[{ "source": "{{_server.Address}}/a/?x", "destination": "{{_folder.Root}}/" }]""", "has no file name");
        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task A_certificate_that_nobody_knows_is_an_error_unless_it_is_ignored()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var server = new WebServer(certificate);
        server.Answer("/f", 200, "test");
        Ok($$"""[{ "source": "{{server.Address}}/f", "destination": "{{_folder.At("f")}}", "ignoreCertificateErrors": true }]""");
        Assert.Equal("test", await File.ReadAllTextAsync(_folder.At("f"), TestContext.Current.CancellationToken));
        // Five tries take 15 seconds: one shows the same.
        var script = Assert.Single(RenderedDocument.StepFor("Windows", "WebDownload", $$"""[{ "source": "{{server.Address}}/f", "destination": "{{_folder.At("g")}}" }]""").Steps)
            .Script.ToString().Replace("-eq 5", "-eq 1", StringComparison.Ordinal);
        var run = _folder.RunScript(script);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("certificate", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("g")) || File.Exists(_folder.At("g.part")));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private string Checked(string algorithm, string checksum) =>
        $$"""[{ "source": "{{_server.Address}}/f", "destination": "{{_folder.At("f")}}", "algorithm": "{{algorithm}}", "checksum": "{{checksum}}" }]""";

    private PowerShellRun Ok(string inputs)
    {
        var run = _folder.Run("WebDownload", inputs);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run;
    }

    private void Fails(string inputs, string error)
    {
        var run = _folder.Run("WebDownload", inputs);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
