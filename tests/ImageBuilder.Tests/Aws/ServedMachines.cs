using System.Globalization;
using System.Text.Json.Nodes;
using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Tests.Clouds;
using static ImageBuilder.Tests.Aws.ServedCloud;

namespace ImageBuilder.Tests.Aws;

/// <summary>Instances and the commands that run in them: the part of <see cref="ServedCloud"/> that an engine needs.</summary>
internal sealed class ServedMachines
{
    // By instance: what was sent, as it was sent.
    private readonly Dictionary<string, List<(string Id, JsonNode Parameters)>> _sent = [];

    public async Task<JsonObject> DoAsync(ICloudRegion at, FakeStock stock, string operation, JsonObject given) => operation switch
    {
        "RunInstances" => await RunAsync(at, stock, given),
        "DescribeInstances" => Instances(stock, given),
        "DescribeInstanceStatus" => new JsonObject { ["InstanceStatuses"] = new JsonArray() },
        "StopInstances" => await DoneAsync(() => at.Compute.StopAsync(Instance(stock, given), default)),
        "RebootInstances" => await DoneAsync(() => at.Compute.RestartAsync(Instance(stock, given), default)),
        "TerminateInstances" => await DoneAsync(() => at.Compute.TerminateAsync(Instance(stock, given), default)),
        "GetConsoleOutput" => new JsonObject { ["Output"] = Convert.ToBase64String("login:"u8) },
        "DescribeInstanceTypeOfferings" => new JsonObject
        {
            ["InstanceTypeOfferings"] = List(Texts(given["Filters"]![0]!["Values"]), t => new JsonObject { ["InstanceType"] = t }),
        },
        "DescribeSubnets" => new JsonObject
        {
            ["Subnets"] = List(["subnet-1"], s => new JsonObject { ["SubnetId"] = s, ["VpcId"] = "vpc-1", ["AvailabilityZone"] = "a" }),
        },
        "CreateSecurityGroup" => new JsonObject
        {
            ["GroupId"] = await at.Compute.CreateClosedGroupAsync(Text(given, "GroupName"), Text(given, "VpcId"), Tags(given["TagSpecifications"]?[0]?["Tags"]), default),
        },
        "DescribeSecurityGroups" => new JsonObject
        {
            ["SecurityGroups"] = List(stock.Groups.Values.Where(g => Fits(given, g.Tags, "")),
                g => new JsonObject { ["GroupId"] = g.Id, ["GroupName"] = g.Name, ["Tags"] = Tags(g.Tags) }),
        },
        "DeleteSecurityGroup" => await DoneAsync(() => at.Compute.DeleteGroupAsync(Known(stock.Groups, given, "GroupId", "InvalidGroup.NotFound"), default)),
        "CreateImage" => new JsonObject { ["ImageId"] = await CaptureAsync(at, stock, given) },
        "DescribeInstanceInformation" => new JsonObject
        {
            ["InstanceInformationList"] = List(Texts(given["Filters"]![0]!["Values"]).Where(i => stock.Instances[i].State == "running"),
                i => new JsonObject { ["InstanceId"] = i, ["PingStatus"] = "Online" }),
        },
        "SendCommand" => await SendAsync(at, given),
        "ListCommands" => new JsonObject
        {
            ["Commands"] = List(_sent.GetValueOrDefault(Text(given, "InstanceId")) ?? [],
                c => new JsonObject { ["CommandId"] = c.Id, ["Parameters"] = c.Parameters.DeepClone() }),
        },
        "GetCommandInvocation" => await InvocationAsync(at, given),
        _ => throw new ServiceRefusal("InvalidAction", $"The action {operation} is not valid."),
    };

    private static async Task<JsonObject> RunAsync(ICloudRegion at, FakeStock stock, JsonObject given)
    {
        if (given["DryRun"]?.ToString() == "true") throw new ServiceRefusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
        var token = Text(given, "ClientToken");
        var id = await OnceAsync(stock, token, () => at.Compute.StartAsync(new NewInstance(Text(given, "ImageId"), Text(given, "InstanceType"),
            Tags(given["TagSpecifications"]?[0]?["Tags"]), token)
        {
            Groups = Texts(given["SecurityGroupIds"]),
            Encrypted = given["BlockDeviceMappings"]?[0]?["Ebs"]?["Encrypted"]?.ToString() == "true",
        }, default));
        return new JsonObject { ["Instances"] = List([id], i => new JsonObject { ["InstanceId"] = i }) };
    }

    private static JsonObject Instances(FakeStock stock, JsonObject given)
    {
        var ids = Texts(given["InstanceIds"]);
        var images = (given["Filters"]?.AsArray() ?? []).Where(f => Text(f!.AsObject(), "Name") == "image-id").SelectMany(f => Texts(f!["Values"])).ToList(); // no holes
        var tags = new JsonObject
        {
            ["Filters"] = List((given["Filters"]?.AsArray() ?? []).Where(f => Text(f!.AsObject(), "Name").StartsWith("tag:", StringComparison.Ordinal)), f => f!.DeepClone()),
        };
        var found = stock.Instances.Values.Where(i => ids.Count > 0 ? ids.Contains(i.Id)
            : i.State != "terminated" && (images.Count == 0 || images.Contains(i.Image)) && Fits(tags, i.Tags, ""));
        return new JsonObject
        {
            ["Reservations"] = List(found, i => new JsonObject
            {
                ["Instances"] = List([i], one => new JsonObject
                {
                    ["InstanceId"] = one.Id,
                    ["ImageId"] = one.Image,
                    ["InstanceType"] = one.Type,
                    ["State"] = new JsonObject { ["Name"] = one.State },
                    ["LaunchTime"] = "2026-11-27T00:00:00.000Z",
                    ["RootDeviceName"] = "/dev/xvda",
                    ["Tags"] = Tags(one.Tags),
                }),
            }),
        };
    }

    private static string Instance(FakeStock stock, JsonObject given) => Texts(given["InstanceIds"]) is [var id] && stock.Instances.ContainsKey(id) ? id
        : throw new ServiceRefusal("InvalidInstanceID.NotFound", "The instance does not exist.");

    private static async Task<string> CaptureAsync(ICloudRegion at, FakeStock stock, JsonObject given)
    {
        NotTaken(stock, given);
        return await at.Images.CaptureAsync(Text(given, "InstanceId"),
            new NewCapture(Text(given, "Name"), Text(given, "Description"), Tags(given["TagSpecifications"]?[0]?["Tags"])), default);
    }

    // No token: each one that arrives runs.
    private async Task<JsonObject> SendAsync(ICloudRegion at, JsonObject given)
    {
        var instance = Texts(given["InstanceIds"])[0];
        var parameters = given["Parameters"]!; // the model wants none, our commands have some
        var id = await at.Commands.SendAsync(new NewCommand(instance, Shell.Bash, Texts(parameters["commands"]),
            int.Parse(Texts(parameters["executionTimeout"])[0], CultureInfo.InvariantCulture))
        { Comment = Text(given, "Comment") }, default);
        if (!_sent.TryGetValue(instance, out var sent)) _sent[instance] = sent = [];
        sent.Add((id, parameters.DeepClone()));
        return new JsonObject { ["Command"] = new JsonObject { ["CommandId"] = id } };
    }

    private static async Task<JsonObject> InvocationAsync(ICloudRegion at, JsonObject given)
    {
        var state = await at.Commands.GetAsync(Text(given, "CommandId"), Text(given, "InstanceId"), default)
            ?? throw new ServiceRefusal("InvocationDoesNotExist", "There is none.");
        return new JsonObject
        {
            ["Status"] = state.Status,
            ["ResponseCode"] = state.ExitCode,
            ["StandardOutputContent"] = state.Output,
            ["StandardErrorContent"] = state.Error,
        };
    }
}
