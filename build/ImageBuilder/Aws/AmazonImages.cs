using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>Amazon Machine Images.</summary>
internal sealed class AmazonImages(Lazy<AmazonAsker<AmazonEC2Client>> machines) : IImages
{
    private const string Taken = "InvalidAMIName.Duplicate";

    private static readonly string[] s_gone = ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"];

    // What an answer has at most of them without being asked for pages.
    private const int PageSize = 200;

    private AmazonAsker<AmazonEC2Client> Ec2 => machines.Value;

    public async Task<CloudImage?> GetAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.TryAsync($"look at the image {id}", "ec2:DescribeImages", [.. s_gone, "InvalidAMIID.Malformed"],
            c => c.DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [id], IncludeDeprecated = true, IncludeDisabled = true }, cancel), cancel);
        return answer?.Images is [var image, ..] ? Of(image) : null;
    }

    public async Task<IReadOnlyList<CloudImage>> FindAsync(ImageQuery query, CancellationToken cancel)
    {
        var filters = AmazonTags.Filters(query.Tags);
        if (query.Name is { } name) filters.Add(new Filter("name", [name]));
        if (query.Architecture is { } architecture) filters.Add(new Filter("architecture", [architecture]));
        if (query.ProductCode is { } product) filters.Add(new Filter("product-code", [product]));
        var images = await Ec2.AllAsync<Image>("look for images", "ec2:DescribeImages", async (c, next) =>
        {
            var request = new DescribeImagesRequest { Filters = AmazonTags.OrNone(filters), IncludeDeprecated = true, IncludeDisabled = true };
            if (query.Ids.Count > 0) request.ImageIds = [.. query.Ids]; // then there are no pages
            else (request.MaxResults, request.NextToken) = (PageSize, next);
            if (query.Owners.Count > 0) request.Owners = [.. query.Owners];
            var answer = await c.DescribeImagesAsync(request, cancel);
            return (answer.Images, answer.NextToken);
        }, cancel);
        return [.. images.Select(Of)];
    }

    public async Task<string> RegisterAsync(NewImage image, CancellationToken cancel)
    {
        var request = new RegisterImageRequest
        {
            Name = image.Name,
            Description = image.Description,
            Architecture = image.Architecture,
            BootMode = image.BootMode,
            EnaSupport = true,
            SriovNetSupport = "simple",
            VirtualizationType = "hvm",
            RootDeviceName = image.RootDevice,
            BlockDeviceMappings =
            [
                new BlockDeviceMapping
                {
                    DeviceName = image.RootDevice,
                    Ebs = new EbsBlockDevice
                    {
                        SnapshotId = image.Snapshot,
                        VolumeSize = (int)(image.Bytes >> 30),
                        VolumeType = image.VolumeType,
                        DeleteOnTermination = true,
                    },
                },
            ],
            TagSpecifications = AmazonTags.Specifications(ResourceType.Image, image.Tags),
        };
        if (image.Tpm is { } tpm) request.TpmSupport = tpm;
        if (image.Imds is { } imds) request.ImdsSupport = imds;
        return await NamedAsync(image.Name, image.Tags, $"register the image {image.Name}", "ec2:RegisterImage",
            async c => (await c.RegisterImageAsync(request, cancel)).ImageId, cancel);
    }

    public async Task<string> CaptureAsync(string instance, NewCapture capture, CancellationToken cancel)
    {
        var image = AmazonTags.Specifications(ResourceType.Image, capture.Tags);
        try
        {
            return await CaptureAsync(instance, capture, [.. image, .. AmazonTags.Specifications(ResourceType.Snapshot, capture.Tags)], cancel);
        }
        catch (ProblemException e) when (e.Problems[0].Code == CloudCalls.Unknown)
        {
            // There are emulators that give no tags to snapshots then.
            return await CaptureAsync(instance, capture, image, cancel);
        }
    }

    public Task<string> CopyAsync(ImageCopy copy, CancellationToken cancel)
    {
        var request = new CopyImageRequest
        {
            SourceRegion = copy.SourceRegion,
            SourceImageId = copy.SourceImage,
            Name = copy.Name,
            Description = copy.Description,
            ClientToken = copy.Token,
            TagSpecifications = [.. AmazonTags.Specifications(ResourceType.Image, copy.Tags), .. AmazonTags.Specifications(ResourceType.Snapshot, copy.Tags)],
        };
        if (copy.Encrypted) request.Encrypted = true;
        if (copy.Key is { } key) request.KmsKeyId = key;
        return NamedAsync(copy.Name, copy.Tags, $"copy the image {copy.SourceImage} of {copy.SourceRegion}", "ec2:CopyImage",
            async c => (await c.CopyImageAsync(request, cancel)).ImageId, cancel);
    }

    public Task DeregisterAsync(string id, CancellationToken cancel) => Ec2.TryAsync($"remove the image {id}", "ec2:DeregisterImage", s_gone,
        c => c.DeregisterImageAsync(new DeregisterImageRequest { ImageId = id }, cancel), cancel);

    public async Task<LaunchPermissions> PermissionsAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync($"tell who may use the image {id}", "ec2:DescribeImageAttribute", c => c.DescribeImageAttributeAsync(
            new DescribeImageAttributeRequest { ImageId = id, Attribute = ImageAttributeName.LaunchPermission }, cancel), cancel);
        var all = answer.ImageAttribute.LaunchPermissions ?? [];
        return new LaunchPermissions
        {
            Public = all.Exists(p => p.Group == PermissionGroup.All),
            Accounts = [.. all.Select(p => p.UserId).OfType<string>()],
            Organizations = [.. all.Select(p => p.OrganizationArn).OfType<string>()],
            Units = [.. all.Select(p => p.OrganizationalUnitArn).OfType<string>()],
        };
    }

    public async Task ShareAsync(string id, LaunchPermissions wanted, CancellationToken cancel)
    {
        var now = List(await PermissionsAsync(id, cancel));
        var then = List(wanted);
        List<LaunchPermission> more = [.. then.Except(now).Select(Permission)], less = [.. now.Except(then).Select(Permission)];
        if (more.Count + less.Count == 0) return;
        await Ec2.AskAsync($"change who may use the image {id}", "ec2:ModifyImageAttribute", c => c.ModifyImageAttributeAsync(new ModifyImageAttributeRequest
        {
            ImageId = id,
            LaunchPermission = new LaunchPermissionModifications { Add = AmazonTags.OrNone(more), Remove = AmazonTags.OrNone(less) },
        }, cancel), cancel);
    }

    public Task DeprecateAsync(string id, DateTimeOffset from, CancellationToken cancel) => Ec2.AskAsync($"deprecate the image {id}", "ec2:EnableImageDeprecation",
        c => c.EnableImageDeprecationAsync(new EnableImageDeprecationRequest { ImageId = id, DeprecateAt = from.UtcDateTime }, cancel), cancel);

    public Task EnableFastLaunchAsync(string id, FastLaunch wanted, CancellationToken cancel)
    {
        var request = new EnableFastLaunchRequest
        {
            ImageId = id,
            MaxParallelLaunches = wanted.Parallel,
            SnapshotConfiguration = new FastLaunchSnapshotConfigurationRequest { TargetResourceCount = wanted.Snapshots },
        };
        if (wanted.TemplateId is { } template)
            request.LaunchTemplate = new FastLaunchLaunchTemplateSpecificationRequest { LaunchTemplateId = template, Version = wanted.TemplateVersion ?? "$Default" };
        return Ec2.AskAsync($"enable fast launch of the image {id}", "ec2:EnableFastLaunch", c => c.EnableFastLaunchAsync(request, cancel), cancel);
    }

    public async Task<string?> FastLaunchAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync($"look at fast launch of the image {id}", "ec2:DescribeFastLaunchImages",
            c => c.DescribeFastLaunchImagesAsync(new DescribeFastLaunchImagesRequest { ImageIds = [id] }, cancel), cancel);
        return answer.FastLaunchImages is [var image, ..] ? image.State?.Value : null;
    }

    // Calls that make an image have no token: its name, which is unique in the account, tells what one of them has made.
    private Task<string> CaptureAsync(string instance, NewCapture capture, List<TagSpecification> tags, CancellationToken cancel)
    {
        var request = new CreateImageRequest
        {
            InstanceId = instance,
            Name = capture.Name,
            Description = capture.Description,
            NoReboot = false, // one that still runs is shut down for it
            TagSpecifications = tags,
        };
        return NamedAsync(capture.Name, capture.Tags, $"make an image of the instance {instance}", "ec2:CreateImage",
            async c => (await c.CreateImageAsync(request, cancel)).ImageId, cancel);
    }

    private async Task<string> NamedAsync(
        string name, IReadOnlyDictionary<string, string> tags, string what, string action, Func<AmazonEC2Client, Task<string>> make, CancellationToken cancel)
    {
        try
        {
            var id = await Ec2.AskAsync(what, action, make, cancel, async () => (await MineAsync(name, tags, cancel))?.Id);
            return id;
        }
        catch (ProblemException e) when (AwsProblem.CodeOf(e.InnerException!) == Taken) // an asker's problem has a cause
        {
            return (await MineAsync(name, tags, cancel))?.Id ?? throw new ProblemException(ExitCode.BuildFailed, new Problem(CloudCalls.NameTaken,
                $"There is another image with the name `{name}`.", "Names of images are unique in a region of an account, and this one was not made for the same purpose.",
                "Choose another name, e.g. with {{ imagebuilder:buildDate }} in it, or remove that image."), e);
        }
    }

    private async Task<CloudImage?> MineAsync(string name, IReadOnlyDictionary<string, string> tags, CancellationToken cancel)
    {
        var found = await FindAsync(new ImageQuery { Name = AmazonTags.Literal(name), Owners = ["self"] }, cancel);
        // An end point that does not know tags of new images leaves them off: then it is the name alone.
        return found.FirstOrDefault(i => i.Tags.Count == 0 || tags.All(t => i.Tags.GetValueOrDefault(t.Key) == t.Value));
    }

    private static List<(string Kind, string Value)> List(LaunchPermissions all) =>
    [
        .. all.Public ? [("group", PermissionGroup.All.Value)] : (IEnumerable<(string, string)>)[],
        .. all.Accounts.Select(a => ("account", a)), .. all.Organizations.Select(o => ("organization", o)), .. all.Units.Select(u => ("unit", u)),
    ];

    private static LaunchPermission Permission((string Kind, string Value) one) => one.Kind switch
    {
        "group" => new LaunchPermission { Group = one.Value },
        "account" => new LaunchPermission { UserId = one.Value },
        "organization" => new LaunchPermission { OrganizationArn = one.Value },
        _ => new LaunchPermission { OrganizationalUnitArn = one.Value },
    };

    private static CloudImage Of(Image image) => new(image.ImageId, image.Name ?? "", image.State?.Value ?? "", image.StateReason?.Message ?? "", image.OwnerId ?? "",
        Time(image.CreationDate) ?? default, Snapshots(image), AmazonTags.Of(image.Tags))
    {
        Description = image.Description ?? "",
        Architecture = image.Architecture?.Value ?? "",
        Platform = image.Platform?.Value ?? "",
        BootMode = image.BootMode?.Value ?? "",
        Tpm = image.TpmSupport?.Value ?? "",
        Imds = image.ImdsSupport?.Value ?? "",
        Ena = image.EnaSupport == true,
        RootDevice = image.RootDeviceName ?? "",
        RootGiB = (image.BlockDeviceMappings ?? []).Find(d => d.DeviceName == image.RootDeviceName)?.Ebs?.VolumeSize ?? 0,
        Public = image.Public == true,
        Deprecated = Time(image.DeprecationTime),
        ProductCodes = [.. (image.ProductCodes ?? []).Where(p => p.ProductCodeType == ProductCodeValues.Marketplace).Select(p => p.ProductCodeId)],
    };

    private static IReadOnlyList<string> Snapshots(Image image) => [.. (image.BlockDeviceMappings ?? []).OrderBy(d => d.DeviceName != image.RootDeviceName)
        .Select(d => d.Ebs?.SnapshotId).OfType<string>().Where(s => s.Length > 0)];

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
