using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Engines.Aws;

/// <summary>Where in AWS one image is built.</summary>
internal sealed class AwsSite
{
    private static readonly string[] s_types = ["m7i-flex.large", "m6i.large", "m5.large", "t3.large"];
    private static readonly string[] s_armTypes = ["m7g.large", "m6g.large", "t4g.large"];

    public AwsSite(BuildRun run)
    {
        Run = run;
        Machine = run.Plan.Machine ?? throw new InvalidOperationException("The plan is of another engine.");
        var region = Machine.Region ?? run.Cloud.HomeRegion ?? throw new ProblemException(ExitCode.Usage, new Problem("IB8301",
            $"No region is chosen in which `{run.Plan.Recipe}` is built.", "Neither the recipe nor the environment names one.",
            "Write `region: eu-west-1` under `aws:`, or set AWS_REGION.", new Place(run.Plan.RecipeFile)));
        Place = new CloudPlace(region, Machine.Role);
        Region = run.Cloud.At(Place);
    }

    public BuildRun Run { get; }

    public Plan Plan => Run.Plan;

    public MachinePlan Machine { get; }

    public CloudPlace Place { get; }

    public ICloudRegion Region { get; }

    public CloudJournal Journal => Run.Journal;

    public Shell Shell => Shells.Of(Plan.Platform);

    /// <summary>In the order in which they are tried.</summary>
    public IReadOnlyList<string> Types => Machine.InstanceTypes.Count > 0 ? Machine.InstanceTypes : Plan.Architecture == "arm64" ? s_armTypes : s_types;

    /// <summary>Where it is read in a recipe that something is wrong with.</summary>
    public Place At => new(Plan.RecipeFile);

    /// <summary>What AWS says, or something else where what stands for it does not know the call.</summary>
    public static async Task<T> OrAsync<T>(Task<T> asked, T otherwise)
    {
        try
        {
            return await asked;
        }
        catch (ProblemException e) when (e.Problems[0].Code == CloudCalls.Unknown)
        {
            return otherwise;
        }
    }

    /// <param name="forBuild">False: it only shows that the image works, as whoever starts it later will see it.</param>
    public NewInstance InstanceOf(CloudImage image, string type, IReadOnlyList<string> groups, Making making, bool forBuild) => new(
        image.Id, type, new Dictionary<string, string>(making.Tags) { ["Name"] = $"imagebuilder {Plan.Recipe} {Plan.Version}" }, making.Token)
    {
        Profile = Machine.Profile,
        Subnet = Machine.Subnet,
        Groups = groups,
        UserData = forBuild ? Machine.UserData : null,
        Spot = Machine.Spot,
        VolumeGiB = (forBuild ? Machine.VolumeGiB : null) ?? (image.RootGiB > 0 ? image.RootGiB : null),
        RootDevice = image.RootDevice.Length > 0 ? image.RootDevice : "/dev/xvda",
        Encrypted = Machine.Encrypted,
        Key = forBuild ? Machine.Key : null,
    };
}
