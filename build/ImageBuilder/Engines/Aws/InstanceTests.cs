using ImageBuilder.Clouds;
using ImageBuilder.FileSystems;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;
using ImageBuilder.Testing;

namespace ImageBuilder.Engines.Aws;

/// <summary>Starts a fresh instance of a finished image and runs the plan's tests in it.</summary>
internal sealed class InstanceTests(AwsSite site)
{
    private const string Stage = "TestImage";
    private const string Firmware = "instance";
    private const string Boots = "starts and is reached by Systems Manager";
    private const string Console = "console-instance.log";

    public async Task<Tested> RunAsync(DiskMade disk, CancellationToken cancel)
    {
        var run = site.Run;
        var image = await site.Region.Images.GetAsync(disk.Layer, cancel) ?? throw AwsEngine.Gone(site, disk.Layer);
        BootTest boot;
        await using (new Cleanup(site)) boot = await BootAsync(image, disk, cancel);
        var report = JUnitReport.Of($"{site.Plan.Recipe}-{site.Plan.Version}", [boot], _ => File.ReadAllText(Path.Combine(run.Folder, Console)));
        await AtomicFile.WriteAsync(Path.Combine(run.Folder, JUnitReport.FileName), report, cancel);
        var passed = boot.Cases.All(c => c.Passed);
        if (passed) await site.Region.Tags.SetAsync([image.Id], new Dictionary<string, string> { [ImageTags.Tested] = ImageTags.Passed }, cancel);
        var sha256 = await FileDigest.OfAsync(Path.Combine(run.Folder, disk.File), _ => { }, cancel);
        return new Tested(site.Plan.Stages.TestImage, disk.Digest, sha256, passed, [boot]);
    }

    private async Task<BootTest> BootAsync(CloudImage image, DiskMade disk, CancellationToken cancel)
    {
        var run = site.Run;
        var started = run.Clock.GetTimestamp();
        run.Report.Write(new StepStarted(Stage, Boots));
        var (instance, why) = await TryAsync(image, cancel);
        var seconds = run.Clock.GetElapsedTime(started).TotalSeconds;
        run.Report.Write(new StepFinished(Stage, Boots, seconds, Reused: false, why.Length == 0 ? "success" : "failed"));
        var boot = new TestCase(Boots, instance is not null, Skipped: false, seconds, instance is null ? -1 : 0, why, "");
        run.Report.Write(new TestFinished(Firmware, boot));
        IReadOnlyList<TestCase> cases = [];
        if (instance is not null && site.Plan.Test.Count > 0)
        {
            using var runner = InstanceCustomization.RunnerOf(site, Stage);
            await using var session = new InstanceSession(site, instance.Id, Stage, disk.Epoch);
            cases = await new TestPhase(runner).RunAsync(session, site.Plan.Test, test => run.Report.Write(new TestFinished(Firmware, test)), cancel);
        }

        await File.WriteAllTextAsync(Path.Combine(run.Folder, Console), instance is null ? "" : await instance.ConsoleAsync(cancel), cancel);
        return new BootTest(Firmware, instance is null ? null : seconds, Console, [boot, .. cases]);
    }

    // An image whose machine ends, or never answers, has failed its test; that none is to be had, or may not be started, says nothing of it.
    private async Task<(BuildInstance? Instance, string Why)> TryAsync(CloudImage image, CancellationToken cancel)
    {
        try
        {
            return (await BuildInstance.StartAsync(site, image, Stage, "test", forBuild: false, cancel), "");
        }
        catch (ProblemException e) when (BuildInstance.IsImagesFault(e))
        {
            return (null, $"{e.Problems[0].What} {e.Problems[0].Why}");
        }
    }
}
