using System.Text.RegularExpressions;
using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Publishing;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.Distribution;

/// <summary>A machine image in one region of one account.</summary>
internal sealed partial class AmiDelivery : IDelivery
{
    // At permissions that are not what was asked for: what is stale comes right sooner.
    private const int MostLooks = 40;

    /// <summary>As in the records of this stage.</summary>
    private const string Stage = "Distribute";

    private readonly ImageToDeliver _image;
    private readonly AmiTarget _wanted;
    private readonly Lazy<Task<BlockDigests>> _blocks;
    private readonly CloudPlace _place;
    private readonly RawSource _disk;
    private readonly SnapshotWish _wish;
    private readonly ImagePublisher _images;

    /// <param name="item">Number of the recipe's item.</param>
    /// <param name="blocks">Of the disk, read once for all regions.</param>
    public AmiDelivery(ImageToDeliver image, AmiTarget wanted, int item, string region, Lazy<Task<BlockDigests>> blocks)
    {
        (_image, _wanted, _blocks, _place) = (image, wanted, blocks, new CloudPlace(region, wanted.Role));
        var run = image.Run;
        _disk = new RawSource(image.Raw, image.Disk.Size, image.Exported.DiskSha256);
        var name = image.Fill(wanted.Name ?? "{{ imagebuilder:recipe }} {{ imagebuilder:version }} {{ imagebuilder:buildDate }}");
        _wish = new SnapshotWish(run.Plan.Recipe, _place, wanted.Encrypted, wanted.Keys.GetValueOrDefault(region) ?? wanted.Keys.GetValueOrDefault(""), name, Tags(name));
        _images = new ImagePublisher(run.Journal, run.Cloud, run.Clock, Stage, text => run.Report.Write(new Noted(text)));
        Target = new TargetDone($"ami {_place} {name}", "ami", name) { Region = region, Role = wanted.Role, Item = item, Granted = ImageUse.Who(Permissions) };
    }

    public TargetDone Target { get; }

    private LaunchPermissions Permissions => new()
    {
        Public = _wanted.Permissions.Public,
        Accounts = _wanted.Permissions.Accounts,
        Organizations = _wanted.Permissions.Organizations,
        Units = _wanted.Permissions.Units,
    };

    // Through which the disk is imported; null: it is written block by block.
    private string? Bucket => _wanted.ImportBuckets.GetValueOrDefault(_place.Region);

    private ICloudRegion Region => _image.Run.Cloud.At(_place);

    private IReadOnlyDictionary<string, string> Content => ContentTags.Of(_disk, _wish);

    public async Task<string> LookAsync(CancellationToken cancel)
    {
        await CheckKeyAsync(cancel);
        await CheckBucketAsync(cancel);
        if (await _images.FindAsync(_place, Target.What, Content, cancel) is { } image) return $"is there: {image.Id}";
        if (_image.Disk.Image is { } source) return $"will be copied from {source.Id} in {source.Region}";
        var snapshots = await Region.Snapshots.FindAsync(Content, cancel);
        if (snapshots.Any(s => s.State == "completed")) return "snapshot is there, image will be registered";
        return Bucket is null ? "will be written" : $"will be imported through {Bucket}";
    }

    public async Task<TargetDone> DeliverAsync(TargetDone? before, CancellationToken cancel)
    {
        var key = await CheckKeyAsync(cancel);
        return _image.Disk.Image is { } source ? await CopyAsync(source, cancel) : await PublishAsync(_wish with { KeyArn = key }, cancel);
    }

    /// <summary>What a name must be, with its expressions filled in.</summary>
    public void CheckName()
    {
        if (!NameForm().IsMatch(Target.What)) throw new ProblemException(ExitCode.Usage, new Problem("IB8206",
            $"`{Target.What}` cannot be the name of a machine image.", "Names have 3 to 128 letters, digits, spaces and ()[]./-'@_.", "Correct `name`.", _wanted.At));
    }

    // Built on an instance: it is an image already.
    private async Task<TargetDone> CopyAsync(CloudImageMade source, CancellationToken cancel)
    {
        var run = _image.Run;
        var copier = new ImageCopier(run.Journal, run.Cloud, _images, run.Clock, Stage);
        var copy = new ImageCopy(source.Region, source.Id, Target.What, _image.Fill(_wanted.Description), Tags(Target.What), _wish.Key, _wish.Encrypted, "");
        var (image, reused) = await copier.EnsureAsync(_place, source, copy, Content, cancel);
        await EquipAsync(image.Id, cancel);
        await run.Journal.KeepAsync(_place, ResourceKind.Image, image.Id, cancel);
        await ShareAsync(image.Id, cancel);
        return Target with { IsDone = true, Reused = reused, Image = image.Id, Snapshot = image.Snapshots is [var snapshot, ..] ? snapshot : null };
    }

    private async Task<TargetDone> PublishAsync(SnapshotWish wish, CancellationToken cancel)
    {
        var run = _image.Run;
        var made = Bucket is { } bucket ? await ImportAsync(bucket, cancel) : await WriteAsync(wish, cancel);
        var image = await _images.EnsureAsync(_place, new NewImage(Target.What, _image.Fill(_wanted.Description), run.Plan.Architecture, made.Id,
            _disk.VolumeBytes, Tags(Target.What))
        {
            BootMode = ImagePublisher.BootModeOf(run.Plan.Disk.Firmware),
            Tpm = _wanted.Tpm ? "v2.0" : null,
        }, Content, cancel);
        await EquipAsync(image.Id, cancel);
        await run.Journal.KeepAsync(_place, ResourceKind.Snapshot, made.Id, cancel);
        await run.Journal.KeepAsync(_place, ResourceKind.Image, image.Id, cancel);
        await ShareAsync(image.Id, cancel);
        return Target with
        {
            IsDone = true,
            Reused = made.Reused,
            Image = image.Id,
            Snapshot = made.Id,
            Sent = (long)made.Put * IBlockSnapshots.BlockSize,
        };
    }

    private async Task<SnapshotMade> WriteAsync(SnapshotWish wish, CancellationToken cancel)
    {
        var run = _image.Run;
        var blocks = await _blocks.Value.WaitAsync(cancel);
        var publisher = new DiskPublisher(run.Journal, run.Cloud, new PublishedBlocks(Path.Combine(run.Settings.Cache, "published")), run.Clock, Stage);
        return await publisher.PublishAsync(_disk, blocks, wish, Tell, cancel);
    }

    // A VMDK is packed; where the recipe has none, the disk as it is.
    private async Task<SnapshotMade> ImportAsync(string bucket, CancellationToken cancel)
    {
        var run = _image.Run;
        await CheckBucketAsync(cancel);
        var packed = _image.Exported.Artifacts.FirstOrDefault(a => a.Format == "vmdk");
        var file = packed is null ? new ImportFile(_image.Raw, "RAW", bucket) : new ImportFile(Path.Combine(run.Folder, packed.File), "VMDK", bucket);
        return await new DiskImport(run.Journal, run.Cloud, run.Clock, Stage, text => run.Report.Write(new Noted(text))).ImportAsync(_disk, file, _wish, cancel);
    }

    // Several regions at once: each says how far it is twenty times.
    private void Tell(PublishProgress progress)
    {
        var step = Math.Max(1, progress.Of / 20);
        if (progress.Done % step != 0 && progress.Done != progress.Of) return;
        _image.Run.Report.Write(new Progress(Stage, Target.Id, $"{progress.Done} of {progress.Of} blocks", (double)progress.Done / progress.Of));
    }

    private async Task EquipAsync(string image, CancellationToken cancel)
    {
        if (_wanted.DeprecateAfterDays is { } days) await Region.Images.DeprecateAsync(image, _image.Modified.AddDays(days), cancel);
        if (_wanted.FastLaunch is { } fast && await Region.Images.FastLaunchAsync(image, cancel) is not ("enabling" or "enabled"))
        {
            var template = fast.Template is { } name ? await Region.Templates.GetAsync(name, cancel) : null;
            await Region.Images.EnableFastLaunchAsync(image, new FastLaunch(fast.Snapshots, fast.Parallel, template?.Id ?? fast.Template, fast.TemplateVersion), cancel);
        }

        if (_wanted.Licenses.Count == 0) return;
        var account = (await Region.Identity.WhoAsync(cancel)).Account;
        var arn = $"arn:{Partition(_place.Region)}:ec2:{_place.Region}:{account}:image/{image}";
        var missing = _wanted.Licenses.Except(await Region.Licenses.OfAsync(arn, cancel)).ToList();
        if (missing.Count > 0) await Region.Licenses.AddAsync(arn, missing, cancel);
    }

    // Last, so that nobody starts what is not finished; and read back.
    private async Task ShareAsync(string image, CancellationToken cancel)
    {
        var wanted = Permissions;
        if (wanted.IsPrivate && (await Region.Images.PermissionsAsync(image, cancel)).IsPrivate) return;
        await Region.Images.ShareAsync(image, wanted, cancel);
        var looks = 0;
        var found = await CloudWait.UntilAsync(_image.Run.Clock, async () => (LaunchPermissions?)await Region.Images.PermissionsAsync(image, cancel),
            now => now.IsSame(wanted) || ++looks > MostLooks, changed: null, cancel);
        if (found.IsSame(wanted)) return;
        if (!_image.Run.Cloud.IsEmulated) throw new ProblemException(ExitCode.Integrity, new Problem("IB8207",
            $"The permissions of {image} in {_place} are not what was asked for.",
            $"They are read back as {Text(found)}, and should be {Text(wanted)}.", "Run the same command again.", _wanted.At));
        _image.Run.Report.Write(new Noted($"The server of AWS_ENDPOINT_URL does not keep the permissions of {image}: they are {Text(found)} instead of {Text(wanted)}."));
    }

    private static string Text(LaunchPermissions all) => ImageUse.Who(all) is { Count: > 0 } who ? string.Join(", ", who) : "nobody";

    /// <returns>Its ARN; null: none is wished for.</returns>
    private async Task<string?> CheckKeyAsync(CancellationToken cancel)
    {
        if (_wish.Key is not { } key) return null;
        var found = await Region.Keys.GetAsync(key, cancel);
        if (found is not { State: "Enabled" }) throw new ProblemException(ExitCode.Prerequisites, new Problem("IB8201",
            $"The key `{key}` cannot be used in {_place}.", found is null ? "There is none of that name." : $"Its state is {found.State}.",
            "Name a key of that region under `kmsKeys`.", _wanted.At));
        return found.Arn;
    }

    private async Task CheckBucketAsync(CancellationToken cancel)
    {
        if (Bucket is not { } bucket || await Region.Objects.RegionAsync(bucket, cancel) is var home && home == _place.Region) return;
        throw new ProblemException(ExitCode.Prerequisites, new Problem("IB8208", $"The bucket `{bucket}` is not in {_place.Region}.",
            $"It is in {home}; VM Import/Export reads buckets of its own region only.", "Name a bucket of that region under `importBuckets`.", _wanted.At));
    }

    private Dictionary<string, string> Tags(string name)
    {
        var tags = new Dictionary<string, string> { ["Name"] = name };
        foreach (var (key, value) in _wanted.Tags) tags[key] = _image.Fill(value);
        return tags;
    }

    [GeneratedRegex(@"^[A-Za-z0-9 ()\[\]./\-'@_]{3,128}$")]
    private static partial Regex NameForm();

    private static string Partition(string region) => region.StartsWith("cn-", StringComparison.Ordinal) ? "aws-cn"
        : region.StartsWith("us-gov-", StringComparison.Ordinal) ? "aws-us-gov" : "aws";
}
