using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Aws;

/// <summary>An instance that was started for a build or a test. All that belongs to it is in the journal; whoever starts one removes what is open there.</summary>
internal sealed class BuildInstance
{
    private const string HasEnded = "IB8307";
    private const string IsSilent = "IB8309";

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1.5);

    // A machine that boots shows something: another state, more on its console. Without any of that it is not coming.
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(15);

    private const int LooksPerSign = 8;

    private readonly AwsSite _site;
    private readonly string _stage;

    private BuildInstance(AwsSite site, string stage, string id) => (_site, _stage, Id) = (site, stage, id);

    public string Id { get; }

    private ICompute Compute => _site.Region.Compute;

    /// <summary>Starts one and waits until commands reach it.</summary>
    /// <param name="purpose">What for; a stage has one instance for each.</param>
    public static async Task<BuildInstance> StartAsync(AwsSite site, CloudImage image, string stage, string purpose, bool forBuild, CancellationToken cancel)
    {
        var groups = site.Machine.SecurityGroups.Count > 0 ? site.Machine.SecurityGroups : [await ClosedGroupAsync(site, stage, purpose, cancel)];
        var id = await StartAsync(site, image, stage, purpose, forBuild, groups, cancel);
        var instance = new BuildInstance(site, stage, id);
        instance.Tell($"instance {id} started");
        await instance.UntilAsync(state => state is not "pending", cancel);
        await instance.UntilReachableAsync(cancel);
        return instance;
    }

    /// <summary>True where an instance was started and never answered, or ended by itself: that says something of its image.</summary>
    public static bool IsImagesFault(ProblemException cause) => cause.Problems[0].Code is HasEnded or IsSilent;

    /// <summary>Waits until its state is one of these.</summary>
    public async Task<CloudInstance> UntilAsync(Predicate<string> wanted, CancellationToken cancel)
    {
        var found = await CloudWait.UntilAsync(_site.Run.Clock, () => Compute.GetAsync(Id, cancel),
            i => wanted(i.State) || i.State is "terminated" or "shutting-down", i => Tell($"instance {Id} is {i.State}"), cancel);
        return found.State is not ("terminated" or "shutting-down") ? found : throw Ended(found);
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        await Compute.StopAsync(Id, cancel);
        await UntilAsync(state => state == "stopped", cancel);
    }

    public Task<string> ConsoleAsync(CancellationToken cancel) => AwsSite.OrAsync(Compute.ConsoleAsync(Id, cancel), "");

    private static async Task<string> ClosedGroupAsync(AwsSite site, string stage, string purpose, CancellationToken cancel)
    {
        var compute = site.Region.Compute;
        var subnet = site.Machine.Subnet is { } wanted ? await compute.SubnetAsync(wanted, cancel) : await compute.DefaultSubnetAsync(cancel);
        if (subnet is null) throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8305",
            site.Machine.Subnet is { } missing ? $"There is no subnet {missing} in {site.Place}." : $"The account has no default network in {site.Place}.",
            "The build instance needs a subnet from which it reaches Systems Manager.", "Name one under `aws:` as `subnet`.", site.At));
        return await site.Journal.MakeAsync(site.Place, ResourceKind.SecurityGroup, $"group of the {purpose} instance", stage, making =>
            compute.CreateClosedGroupAsync($"imagebuilder-{site.Journal.Run}-{making.Token[..8]}", subnet.Network, making.Tags, cancel), cancel);
    }

    private static async Task<string> StartAsync(
        AwsSite site, CloudImage image, string stage, string purpose, bool forBuild, IReadOnlyList<string> groups, CancellationToken cancel)
    {
        var offered = await AwsSite.OrAsync(site.Region.Compute.OfferedAsync(site.Types, cancel), site.Types);
        var refused = new List<Problem>();
        foreach (var type in site.Types.Where(offered.Contains))
        {
            try
            {
                return await site.Journal.MakeAsync(site.Place, ResourceKind.Instance, $"{purpose} instance {type}", stage,
                    making => site.Region.Compute.StartAsync(site.InstanceOf(image, type, groups, making, forBuild), cancel), cancel);
            }
            catch (ProblemException e) when (e.Problems[0].Code == CloudCalls.NoCapacity)
            {
                refused.AddRange(e.Problems);
                site.Run.Report.Write(new Noted($"{e.Problems[0].What} {e.Problems[0].Why}"));
            }
        }

        throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8306", $"No instance could be started in {site.Place}.",
            refused.Count > 0 ? string.Join('\n', refused.Select(p => p.Why)) : $"The region offers none of these types: {string.Join(", ", site.Types)}.",
            "Name other types under `aws:` as `instanceTypes`.", site.At));
    }

    private async Task UntilReachableAsync(CancellationToken cancel)
    {
        var clock = _site.Run.Clock;
        var (last, since) = ("", clock.GetTimestamp());
        for (var looks = 1; !await IsReachableAsync(cancel); looks++)
        {
            if (looks % LooksPerSign == 0)
            {
                var now = await SignAsync(cancel);
                if (now != last) (last, since) = (now, clock.GetTimestamp());
                else if (clock.GetElapsedTime(since) > s_silence) throw Silent();
            }

            await Task.Delay(s_look, clock, cancel);
        }
    }

    // Where nobody can say, the first command will show it.
    private Task<bool> IsReachableAsync(CancellationToken cancel) => AwsSite.OrAsync(_site.Region.Commands.IsReachableAsync(Id, cancel), true);

    private async Task<string> SignAsync(CancellationToken cancel)
    {
        var found = await Compute.GetAsync(Id, cancel);
        if (found is null or { State: not ("running" or "pending") }) throw Ended(found);
        var console = await ConsoleAsync(cancel);
        var line = console.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault("");
        Tell($"instance {Id} boots{(line.Length > 0 ? $": {line}" : "")}");
        return $"{found.State} {await AwsSite.OrAsync(Compute.HealthAsync(Id, cancel), "")} {console.Length} {line}";
    }

    private void Tell(string text) => _site.Run.Report.Write(new Progress(_stage, "instance", text));

    private ProblemException Ended(CloudInstance? found) => new(ExitCode.BuildFailed, new Problem(HasEnded, $"The instance {Id} has ended by itself.",
        found is null ? "It is not there any more." : $"It is {found.State}. {found.Why}".Trim(),
        _site.Machine.Spot ? "Run the same command again, or without `spot`." : "Look at the reason; an encrypted volume needs a key that the caller may use.", _site.At));

    private ProblemException Silent() => new(ExitCode.BuildFailed, new Problem(IsSilent, $"The instance {Id} runs, and its agent of Systems Manager does not answer.",
        $"Nothing was to be heard of it for {s_silence.TotalMinutes:0} minutes. "
        + "The agent must be in the parent image, the instance must be allowed to use it, and reach the service.",
        _site.Machine.Profile is null ? "Name an instance profile with the policy AmazonSSMManagedInstanceCore under `aws:` as `instanceProfile`."
            : $"Check that `{_site.Machine.Profile}` has the policy AmazonSSMManagedInstanceCore, "
                + "and that the subnet has a way out or end points of ssm, ssmmessages and ec2messages.",
        _site.At));
}
