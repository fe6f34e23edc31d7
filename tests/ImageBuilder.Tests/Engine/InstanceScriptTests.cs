using System.Management.Automation.Language;
using ImageBuilder.Engines.Aws;
using ImageBuilder.Model;
using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Engine;

/// <summary>What instances get for a step, as PowerShell's own parser reads it; what bash gets is run by the tests of the engine.</summary>
public sealed class InstanceScriptTests
{
    [Fact]
    public void A_bundle_for_Windows_is_parsed_whatever_is_in_it()
    {
        var bundle = new StepBundle(Shell.PowerShell);
        bundle.Begin(60, 1_700_000_000, live: true, last: true);
        bundle.Add(bundle.ScriptName, 448, Shell.PowerShell.Encode("Write-Output 'x'"));
        bundle.Add("files/it's “here”.txt", 420, [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7919))]);
        var text = bundle.End();
        Parsed(text);
        Assert.Contains("$Live = $True; $Last = $True", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_fetches_cleans_and_looks_is_parsed_too()
    {
        Parsed(StepBundle.Fetching(Shell.PowerShell, "https://bucket.example/a?b='c'&d=$(e)"));
        Parsed(StepBundle.Piece(Shell.PowerShell, "outputs/0.it's", 0, 17_000, 17_000));
        Parsed(StepBundle.BootId(Shell.PowerShell));
        Parsed(EmbeddedScript.Text("Engines/Aws/sysprep.ps1"));
    }

    [Theory]
    [InlineData("imagebuilder: value 0.stdout H4sI\nimagebuilder: more 1.stdout\nimagebuilder: end -1 1 42\nfailed to run commands: exit status 1", -1, true, 42)]
    [InlineData("noise\r\nimagebuilder: end 194 0 7\r\n", 194, false, 7)]
    public void The_last_lines_say_how_a_step_ended(string error, int exit, bool late, long bytes)
    {
        var end = StepEnd.Of(error);
        Assert.NotNull(end);
        Assert.Equal((exit, late, bytes), (end.ExitCode, end.TimedOut, end.Bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("imagebuilder: end")]
    [InlineData("imagebuilder: end x 0 1")]
    [InlineData("imagebuilder: value 0.stdout H4sI")]
    public void Without_them_it_has_not_ended(string error) => Assert.Null(StepEnd.Of(error));

    private static void Parsed(string text)
    {
        Parser.ParseInput(text, out _, out var errors);
        Assert.Empty(errors.Select(e => $"{e.Extent.StartLineNumber}: {e.Message}"));
    }
}
