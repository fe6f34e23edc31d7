using ImageBuilder.Contracts;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Aws;

/// <summary>Runs one component by itself on an instance of its parent image.</summary>
internal sealed class InstanceTrial(AwsSite site, TrialSettings settings)
{
    private const string Stage = "Component";

    public async Task<ComponentTried> RunAsync(CancellationToken cancel)
    {
        if (settings.Keep) throw new ProblemException(ExitCode.Usage, new Problem("IB8315", "The aws engine keeps no root of a component that was tried.",
            "There is an instance, which ends.", "Leave --keep away, or use --engine=local."));
        var image = await new ParentSearch(site).RunAsync(cancel);
        using var trial = new Trial(site.Run, settings);
        await using var cleanup = new Cleanup(site);
        var instance = await BuildInstance.StartAsync(site, image, Stage, "trial", forBuild: true, cancel);
        // The same machine: it is booted already.
        await using var session = new InstanceSession(site, instance.Id, Stage, image.Created.ToUnixTimeSeconds());
        await trial.RunAsync(new TrialSessions(session, _ => Task.FromResult<IImageSession>(session)), cancel);
        return trial.End([]);
    }
}
