using System.Security.Cryptography;
using System.Text.Json;
using ImageBuilder.Contracts;
using ImageBuilder.FileSystems;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Aws;

/// <summary>Builds machine images on instances of EC2: for what has no parent image elsewhere. Nothing of it lies in the cache of this machine.</summary>
public sealed class AwsEngine : IImageEngine
{
    /// <summary>The stage Disk leaves it in the folder: which image it is.</summary>
    public const string ImageFile = "image.json";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public string Name => "aws";

    public bool NeedsThisMachine => false;

    // What there is, AWS alone knows: both stages that ask look there by themselves.
    public string? LayerOf(BuildRun run, string key) => null;

    public async Task<IReadOnlyList<PartFound>> FindPartsAsync(BuildRun run, CancellationToken cancel)
    {
        var state = await IsThereAsync(run, cancel) ? PartState.There : PartState.Missing;
        return
        [
            new PartFound("Base", run.Plan.Parent.Reference, run.Plan.Parent.Key, PartState.There),
            .. run.Plan.Build.Concat(run.Plan.Validate).Select(s => new PartFound("Customize", s.Id, s.Key, state)),
            new PartFound("Customize", Sanitizing.Id, run.Plan.Stages.Customize, state, await LayerAsync(run, cancel)),
        ];
    }

    public string DiskTools(BuildRun run) => "";

    public Task<CacheCleaned> CleanAsync(EngineHost host, CacheCleaning what, CancellationToken cancel) => Task.FromResult(new CacheCleaned([], [], 0, 0, 0));

    public Task<CacheContents> LookAsync(EngineHost host, CancellationToken cancel) => Task.FromResult(new CacheContents(host.Settings.Cache, [], []));

    public Task<CacheVerified> VerifyAsync(EngineHost host, CancellationToken cancel) => Task.FromResult(new CacheVerified(0, 0, []));

    public async Task<Based> BaseAsync(BuildRun run, CancellationToken cancel)
    {
        if (run.Wishes.Breaks.Count > 0 || run.Wishes.FromStep is not null) throw new ProblemException(ExitCode.Usage, new Problem("IB8312",
            "The aws engine cannot begin or stop at a step.", "An instance keeps no state after each step, as layers do.",
            "Leave --from-step and --break away; --on-error=keep leaves the instance as a failed step left it."));
        var started = run.Clock.GetTimestamp();
        var site = new AwsSite(run);
        var image = await new ParentSearch(site).RunAsync(cancel);
        run.Report.Write(new Noted($"The parent image is {image.Id} ({image.Name}) in {site.Place}."));
        return new Based(run.Plan.Stages.Base, run.Plan.Parent.Key, image.Created.ToUnixTimeSeconds(), Reused: true, run.Clock.GetElapsedTime(started).TotalSeconds)
        {
            Layer = image.Id,
            Digest = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{site.Place}\n{image.Id}"))),
        };
    }

    public Task<Customized> CustomizeAsync(BuildRun run, Based parent, CancellationToken cancel) => new InstanceCustomization(new AwsSite(run)).RunAsync(parent, cancel);

    public async Task<DiskMade> DiskAsync(BuildRun run, Customized customized, CancellationToken cancel)
    {
        var site = new AwsSite(run);
        var image = await site.Region.Images.GetAsync(customized.Layer, cancel) ?? throw Gone(site, customized.Layer);
        var cloud = new CloudImageMade(site.Place.Region, site.Place.Role, image.Id, image.Name, image.Snapshots);
        var text = JsonSerializer.SerializeToUtf8Bytes(cloud, s_json);
        var file = Path.Combine(run.Folder, ImageFile);
        await AtomicFile.WriteAsync(file, text, cancel);
        return new DiskMade(run.Plan.Stages.Disk, ImageFile, text.Length, await Verity.OfAsync(file, cancel), "", customized.Epoch)
        {
            Layer = image.Id,
            Image = cloud,
        };
    }

    public Task<Tested> TestAsync(BuildRun run, DiskMade disk, CancellationToken cancel) => new InstanceTests(new AwsSite(run)).RunAsync(disk, cancel);

    public async Task<int> ShellAsync(BuildRun run, ShellRequest request, CancellationToken cancel) => await new InstanceShell(new AwsSite(run)).RunAsync(request, cancel);

    public Task<ComponentTried> TryAsync(BuildRun run, TrialSettings settings, CancellationToken cancel) => new InstanceTrial(new AwsSite(run), settings).RunAsync(cancel);

    internal static ProblemException Gone(AwsSite site, string image) => new(ExitCode.BuildFailed, new Problem("IB8313",
        $"The image {image} is not in {site.Place} any more.", "The records in the artifacts folder speak of it, and somebody has removed it.",
        $"Run ./build.sh --target=Customize --engine=aws --recipe={site.Plan.Recipe}", site.At));

    // Without credentials, or without a network, nothing is there.
    private static async Task<bool> IsThereAsync(BuildRun run, CancellationToken cancel)
    {
        try
        {
            return await LayerAsync(run, cancel) is { } image && await new AwsSite(run).Region.Images.GetAsync(image, cancel) is { State: "available" };
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    private static async Task<string?> LayerAsync(BuildRun run, CancellationToken cancel) =>
        await RecordFiles.TryReadAsync<Customized>(Path.Combine(run.Folder, RecordFiles.CustomizeFile), "Delete it, and run the target again.", cancel) is { } record
        && record.Plan == run.Plan.Stages.Customize ? record.Layer : null;
}
