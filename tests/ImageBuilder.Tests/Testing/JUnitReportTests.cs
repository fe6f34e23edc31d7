using System.Text;
using System.Xml.Linq;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Running;
using ImageBuilder.Testing;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.Tests.Testing;

public sealed class JUnitReportTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("junit");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_whole_report_of_two_boots() => Assert.Equal("""
        <?xml version="1.0" encoding="utf-8"?>
        <testsuites name="web-1.0.0" tests="4" failures="1" errors="0" skipped="1" time="15.750">
          <testsuite name="bios" tests="3" failures="1" errors="0" skipped="1" time="13.250">
            <testcase classname="web-1.0.0.bios" name="boots to login prompt" time="12.500" />
            <testcase classname="web-1.0.0.bios" name="nginx/test/Ask" time="0.750">
              <failure message="exit code 1: no answer" />
              <system-out>no answer</system-out>
            </testcase>
            <testcase classname="web-1.0.0.bios" name="nginx/test/Look" time="0.000">
              <skipped message="An earlier step of this component failed." />
            </testcase>
            <system-out>web login: </system-out>
          </testsuite>
          <testsuite name="uefi" tests="1" failures="0" errors="0" skipped="0" time="2.500">
            <testcase classname="web-1.0.0.uefi" name="boots to login prompt" time="2.500" />
            <system-out />
          </testsuite>
        </testsuites>

        """, Encoding.UTF8.GetString(JUnitReport.Of("web-1.0.0",
    [
        new("bios", 12.5, "console-bios.log",
        [
            new("boots to login prompt", true, false, 12.5, 0, "", ""),
            new("nginx/test/Ask", false, false, 0.75, 1, "exit code 1: no answer", "no answer"),
            new("nginx/test/Look", false, true, 0, 0, "An earlier step of this component failed.", ""),
        ]),
        new("uefi", 2.5, "console-uefi.log", [new("boots to login prompt", true, false, 2.5, 0, "", "")]),
    ], boot => boot.Firmware == "bios" ? "web login: " : "")));

    [Fact]
    public void Whatever_a_machine_says_the_report_is_XML_that_holds_all_of_it_that_XML_can_hold()
    {
        const string hostile = "a\0b\u0001\u001b[31mred\u001b[0m ]]> </system-out> <!-- & \ud800 half \ud83d\ude00 \ufffe \" ' \u0085 end";
        var boot = new BootTest("bios", 1, "", [new(hostile, false, false, 1, 1, hostile, hostile), new("skipped", false, true, 0, 0, hostile, "")]);

        var report = XDocument.Load(new MemoryStream(JUnitReport.Of(hostile, [boot], _ => hostile)));

        const string clean = "ab[31mred[0m ]]> </system-out> <!-- &  half \ud83d\ude00  \" ' \u0085 end";
        Assert.Equal([clean, clean], report.Descendants("system-out").Select(e => e.Value));
        Assert.Equal([clean, clean], report.Descendants().Attributes("message").Select(a => a.Value));
        Assert.Equal([clean, "skipped"], report.Descendants("testcase").Attributes("name").Select(a => a.Value));
    }

    [Fact]
    public async Task Of_a_test_that_says_too_much_the_report_keeps_the_end()
    {
        var runner = new StepRunner("TestImage", _folder.FullName, new Remembered(), TimeProvider.System);
        var step = new PlannedStep
        {
            Component = "web",
            ComponentVersion = "1.0.0",
            Phase = "test",
            Name = "Talk",
            Action = "ExecuteBash",
            Script = Script.Of("true"),
            At = new Place("components/web/1.0.0/component.yml", 7, 3),
        };

        var cases = await new TestPhase(runner).RunAsync(new Talking(), [step], _ => { }, TestContext.Current.CancellationToken);

        var output = Assert.Single(cases).Output;
        Assert.InRange(output.Length, 30_000, 32_768);
        Assert.EndsWith("line 99999: ä\n", output, StringComparison.Ordinal);
        Assert.InRange(JUnitReport.Of("web", [new("bios", 1, "", cases)], _ => "").Length, 30_000, 40_000);
    }

    private sealed class Talking : IImageSession
    {
        public Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel)
        {
            for (var i = 0; i < 100_000; i++) line($"line {i}: ä");
            return Task.FromResult(new ScriptRun(0, false, TimeSpan.Zero, [], ""));
        }

        public Task RebootAsync(Action<string> line, CancellationToken cancel) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
