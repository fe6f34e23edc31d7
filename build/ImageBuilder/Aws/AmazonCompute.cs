using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>EC2 instances and the network around them.</summary>
internal sealed class AmazonCompute(Lazy<AmazonAsker<AmazonEC2Client>> machines) : ICompute
{
    private static readonly string[] s_gone = ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"];
    private static readonly string[] s_noGroup = ["InvalidGroup.NotFound", "InvalidGroupId.Malformed"];
    private static readonly string[] s_noSubnet = ["InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed"];

    // Another type, or another hour, would do.
    private static readonly string[] s_notJustNow =
    [
        "InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientCapacity", "MaxSpotInstanceCountExceeded", "SpotMaxPriceTooLow", "Unsupported",
        "InstanceLimitExceeded", "VcpuLimitExceeded", "UnfulfillableCapacity",
    ];

    private static readonly string[] s_states = ["pending", "running", "stopping", "stopped", "shutting-down"];

    private AmazonAsker<AmazonEC2Client> Ec2 => machines.Value;

    public async Task<string> StartAsync(NewInstance instance, CancellationToken cancel)
    {
        try
        {
            var answer = await Ec2.AskAsync($"start an instance of the type {instance.Type}", "ec2:RunInstances", c => c.RunInstancesAsync(Request(instance), cancel), cancel);
            return answer.Reservation.Instances[0].InstanceId;
        }
        catch (ProblemException e) when (s_notJustNow.Contains(AwsProblem.CodeOf(e.InnerException!))) // an asker's problem has a cause
        {
            throw new ProblemException(ExitCode.BuildFailed, new Problem(CloudCalls.NoCapacity, $"No instance of the type {instance.Type} is to be had just now.",
                e.Problems[0].Why, "Name more types under `instanceTypes`, or try again later."), e);
        }
    }

    public Task CheckAsync(NewInstance instance, CancellationToken cancel)
    {
        var request = Request(instance);
        request.DryRun = true;
        return Ec2.TryAsync($"start an instance of {instance.Image}", "ec2:RunInstances", ["DryRunOperation", .. s_notJustNow], c => c.RunInstancesAsync(request, cancel), cancel);
    }

    public async Task<CloudInstance?> GetAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.TryAsync($"look at the instance {id}", "ec2:DescribeInstances", s_gone,
            c => c.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [id] }, cancel), cancel);
        return (answer?.Reservations ?? []).SelectMany(r => r.Instances ?? []).Select(Of).FirstOrDefault();
    }

    public Task<IReadOnlyList<CloudInstance>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel) =>
        FindAsync([.. AmazonTags.Filters(tags)], cancel);

    public Task<IReadOnlyList<CloudInstance>> FindByImageAsync(string image, CancellationToken cancel) => FindAsync([new Filter("image-id", [image])], cancel);

    public async Task<string> HealthAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync($"look at the health of the instance {id}", "ec2:DescribeInstanceStatus",
            c => c.DescribeInstanceStatusAsync(new DescribeInstanceStatusRequest { InstanceIds = [id] }, cancel), cancel);
        if (answer.InstanceStatuses is not [var status, ..]) return "";
        var (machine, system) = (status.Status?.Status?.Value ?? "", status.SystemStatus?.Status?.Value ?? "");
        return machine == "ok" ? system : machine;
    }

    public Task StopAsync(string id, CancellationToken cancel) => Ec2.AskAsync($"stop the instance {id}", "ec2:StopInstances",
        c => c.StopInstancesAsync(new StopInstancesRequest { InstanceIds = [id] }, cancel), cancel);

    public Task RestartAsync(string id, CancellationToken cancel) => Ec2.AskAsync($"restart the instance {id}", "ec2:RebootInstances",
        c => c.RebootInstancesAsync(new RebootInstancesRequest { InstanceIds = [id] }, cancel), cancel);

    public Task TerminateAsync(string id, CancellationToken cancel) => Ec2.TryAsync($"terminate the instance {id}", "ec2:TerminateInstances", s_gone,
        c => c.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [id] }, cancel), cancel);

    public async Task<string> ConsoleAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync($"read the console of the instance {id}", "ec2:GetConsoleOutput",
            c => c.GetConsoleOutputAsync(new GetConsoleOutputRequest { InstanceId = id }, cancel), cancel);
        return answer.Output is { Length: > 0 } text ? Encoding.UTF8.GetString(Convert.FromBase64String(text)) : "";
    }

    public async Task<IReadOnlyList<string>> OfferedAsync(IReadOnlyCollection<string> types, CancellationToken cancel)
    {
        var offered = await Ec2.AllAsync<InstanceTypeOffering>("look for instance types", "ec2:DescribeInstanceTypeOfferings", async (c, next) =>
        {
            var answer = await c.DescribeInstanceTypeOfferingsAsync(
                new DescribeInstanceTypeOfferingsRequest { Filters = [new Filter("instance-type", [.. types])], NextToken = next }, cancel);
            return (answer.InstanceTypeOfferings, answer.NextToken);
        }, cancel);
        return [.. types.Intersect(offered.Select(o => o.InstanceType.Value))];
    }

    public async Task<IReadOnlyList<string>> RegionsAsync(CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync("list the account's regions", "ec2:DescribeRegions", c => c.DescribeRegionsAsync(new DescribeRegionsRequest(), cancel), cancel);
        return [.. (answer.Regions ?? []).Select(r => r.RegionName).Order(StringComparer.Ordinal)];
    }

    public async Task<CloudSubnet?> SubnetAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.TryAsync($"look at the subnet {id}", "ec2:DescribeSubnets", s_noSubnet,
            c => c.DescribeSubnetsAsync(new DescribeSubnetsRequest { SubnetIds = [id] }, cancel), cancel);
        return answer?.Subnets is [var subnet, ..] ? Of(subnet) : null;
    }

    public async Task<CloudSubnet?> DefaultSubnetAsync(CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync("look for a default subnet", "ec2:DescribeSubnets",
            c => c.DescribeSubnetsAsync(new DescribeSubnetsRequest { Filters = [new Filter("default-for-az", ["true"])] }, cancel), cancel);
        return (answer.Subnets ?? []).OrderBy(s => s.AvailabilityZone, StringComparer.Ordinal).Select(Of).FirstOrDefault();
    }

    // A new group lets nothing in and everything out.
    public async Task<string> CreateClosedGroupAsync(string name, string network, IReadOnlyDictionary<string, string> tags, CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync($"make the security group {name}", "ec2:CreateSecurityGroup", c => c.CreateSecurityGroupAsync(new CreateSecurityGroupRequest
        {
            GroupName = name,
            Description = "Of a machine that builds or tests an image: nothing may come in.",
            VpcId = network,
            TagSpecifications = AmazonTags.Specifications(ResourceType.SecurityGroup, tags),
        }, cancel), cancel, async () => await FindGroupsAsync(tags, cancel) is [var made, ..] ? new CreateSecurityGroupResponse { GroupId = made.Id } : null);
        return answer.GroupId;
    }

    public async Task<IReadOnlyList<CloudGroup>> FindGroupsAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel)
    {
        var found = await Ec2.AllAsync<SecurityGroup>("look for security groups", "ec2:DescribeSecurityGroups", async (c, next) =>
        {
            var answer = await c.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest { Filters = AmazonTags.Filters(tags), NextToken = next }, cancel);
            return (answer.SecurityGroups, answer.NextToken);
        }, cancel);
        return [.. found.Select(g => new CloudGroup(g.GroupId, g.GroupName, AmazonTags.Of(g.Tags)))];
    }

    public Task DeleteGroupAsync(string id, CancellationToken cancel) => Ec2.TryAsync($"delete the security group {id}", "ec2:DeleteSecurityGroup", s_noGroup,
        c => c.DeleteSecurityGroupAsync(new DeleteSecurityGroupRequest { GroupId = id }, cancel), cancel);

    private async Task<IReadOnlyList<CloudInstance>> FindAsync(List<Filter> filters, CancellationToken cancel)
    {
        var found = await Ec2.AllAsync<Reservation>("look for instances", "ec2:DescribeInstances", async (c, next) =>
        {
            var answer = await c.DescribeInstancesAsync(
                new DescribeInstancesRequest { Filters = [.. filters, new Filter("instance-state-name", [.. s_states])], NextToken = next }, cancel);
            return (answer.Reservations, answer.NextToken);
        }, cancel);
        return [.. found.SelectMany(r => r.Instances ?? []).Select(Of)];
    }

    private static RunInstancesRequest Request(NewInstance instance)
    {
        var request = new RunInstancesRequest
        {
            ImageId = instance.Image,
            InstanceType = instance.Type,
            MinCount = 1,
            MaxCount = 1,
            ClientToken = instance.Token,
            MetadataOptions = new InstanceMetadataOptionsRequest { HttpTokens = HttpTokensState.Required, HttpEndpoint = InstanceMetadataEndpointState.Enabled },
            TagSpecifications = [.. AmazonTags.Specifications(ResourceType.Instance, instance.Tags), .. AmazonTags.Specifications(ResourceType.Volume, instance.Tags)],
            BlockDeviceMappings = [Root(instance)],
        };
        if (!instance.Spot) request.InstanceInitiatedShutdownBehavior = ShutdownBehavior.Stop; // those that are bid for know no stopping
        if (instance.Profile is { } profile) request.IamInstanceProfile = new IamInstanceProfileSpecification { Name = profile };
        if (instance.Subnet is { } subnet) request.SubnetId = subnet;
        if (instance.Groups.Count > 0) request.SecurityGroupIds = [.. instance.Groups];
        if (instance.UserData is { } data) request.UserData = Convert.ToBase64String(Encoding.UTF8.GetBytes(data));
        if (instance.Spot)
            // Once: a request that stays would start another one when this has been terminated.
            request.InstanceMarketOptions = new InstanceMarketOptionsRequest
            {
                MarketType = MarketType.Spot,
                SpotOptions = new SpotMarketOptions { SpotInstanceType = SpotInstanceType.OneTime, InstanceInterruptionBehavior = InstanceInterruptionBehavior.Terminate },
            };
        return request;
    }

    private static BlockDeviceMapping Root(NewInstance instance)
    {
        var volume = new EbsBlockDevice { VolumeType = VolumeType.Gp3, DeleteOnTermination = true };
        if (instance.Encrypted) volume.Encrypted = true;
        if (instance.VolumeGiB is { } size) volume.VolumeSize = size;
        if (instance.Key is { } key) volume.KmsKeyId = key;
        return new BlockDeviceMapping { DeviceName = instance.RootDevice, Ebs = volume };
    }

    private static CloudSubnet Of(Subnet subnet) => new(subnet.SubnetId, subnet.VpcId, subnet.AvailabilityZone ?? "");

    private static CloudInstance Of(Instance instance) => new(instance.InstanceId, instance.State?.Name?.Value ?? "",
        instance.StateReason?.Message ?? instance.StateTransitionReason ?? "", instance.ImageId ?? "", instance.InstanceType?.Value ?? "",
        instance.LaunchTime ?? default, AmazonTags.Of(instance.Tags))
    {
        Platform = instance.Platform?.Value ?? "",
        RootDevice = instance.RootDeviceName ?? "",
        Groups = [.. (instance.SecurityGroups ?? []).Select(g => g.GroupId)],
    };
}
