using System.Globalization;
using System.Text.Json.Nodes;
using Amazon.EC2;
using Amazon.EC2.Model;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>EBS snapshots, by EC2 as wholes and by the EBS direct APIs block by block.</summary>
internal sealed class AmazonSnapshots(Lazy<AmazonAsker<AmazonEC2Client>> machines, Lazy<AmazonAsker<ServiceClient>> blocks) : IBlockSnapshots
{
    private static readonly string[] s_gone = ["InvalidSnapshot.NotFound", "InvalidSnapshotID.Malformed"];

    private const int PageSize = 1000;
    private const int LongestTimeout = 4320; // minutes without a block after which a snapshot that is not complete fails

    private AmazonAsker<AmazonEC2Client> Ec2 => machines.Value;

    private AmazonAsker<ServiceClient> Ebs => blocks.Value;

    public async Task<CloudSnapshot?> GetAsync(string id, CancellationToken cancel)
    {
        var answer = await Ec2.TryAsync($"look at the snapshot {id}", "ec2:DescribeSnapshots", s_gone,
            c => c.DescribeSnapshotsAsync(new DescribeSnapshotsRequest { SnapshotIds = [id] }, cancel), cancel);
        return answer?.Snapshots is [var snapshot, ..] ? Of(snapshot) : null;
    }

    public async Task<IReadOnlyList<CloudSnapshot>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel)
    {
        var found = await Ec2.AllAsync<Snapshot>("look for snapshots", "ec2:DescribeSnapshots", async (c, next) =>
        {
            var answer = await c.DescribeSnapshotsAsync(
                new DescribeSnapshotsRequest { OwnerIds = ["self"], Filters = AmazonTags.Filters(tags), MaxResults = PageSize, NextToken = next }, cancel);
            return (answer.Snapshots, answer.NextToken);
        }, cancel);
        return [.. found.Select(Of)];
    }

    public async Task<string> StartAsync(NewSnapshot snapshot, CancellationToken cancel)
    {
        var body = new JsonObject
        {
            ["VolumeSize"] = snapshot.Bytes >> 30,
            ["Description"] = snapshot.Description,
            ["ClientToken"] = snapshot.Token,
            ["Timeout"] = LongestTimeout,
            ["Tags"] = new JsonArray([.. snapshot.Tags.Select(t => new JsonObject { ["Key"] = t.Key, ["Value"] = t.Value })]),
        };
        if (snapshot.Parent is { } parent) body["ParentSnapshotId"] = parent;
        else if (snapshot.Encrypted) body["Encrypted"] = true; // a child is encrypted as its parent is
        if (snapshot.Parent is null && snapshot.Key is { } key) body["KmsKeyArn"] = key;
        var answer = await Ebs.AskAsync("begin a snapshot", "ebs:StartSnapshot",
            c => c.CallAsync(new AwsCall("StartSnapshot") { Path = "/snapshots", Body = body }, cancel), cancel);
        return answer.Json["SnapshotId"]!.GetValue<string>(); // an answer without an id is none
    }

    public Task PutAsync(string id, int index, byte[] block, byte[] sha256, CancellationToken cancel) => Ebs.AskAsync(
        $"put the block {index} of {id}", "ebs:PutSnapshotBlock", c => c.CallAsync(new AwsCall("PutSnapshotBlock")
        {
            Method = "PUT",
            Path = "/snapshots/{id}/blocks/{index}",
            Names = new Dictionary<string, string> { ["id"] = id, ["index"] = index.ToString(CultureInfo.InvariantCulture) },
            Headers = new Dictionary<string, string>
            {
                ["x-amz-Data-Length"] = block.Length.ToString(CultureInfo.InvariantCulture),
                ["x-amz-Checksum"] = Convert.ToBase64String(sha256),
                ["x-amz-Checksum-Algorithm"] = "SHA256",
                // The signature needs it too, and need not compute it again.
                ["X-Amz-Content-SHA256"] = Convert.ToHexStringLower(sha256),
            },
            Bytes = block,
        }, cancel), cancel);

    public Task CompleteAsync(string id, int blocks, byte[] linear, CancellationToken cancel) => Ebs.AskAsync($"complete the snapshot {id}", "ebs:CompleteSnapshot",
        c => c.CallAsync(new AwsCall("CompleteSnapshot")
        {
            Path = "/snapshots/completion/{id}",
            Names = new Dictionary<string, string> { ["id"] = id },
            Headers = new Dictionary<string, string>
            {
                ["x-amz-ChangedBlocksCount"] = blocks.ToString(CultureInfo.InvariantCulture),
                ["x-amz-Checksum"] = Convert.ToBase64String(linear),
                ["x-amz-Checksum-Algorithm"] = "SHA256",
                ["x-amz-Checksum-Aggregation-Method"] = "LINEAR",
            },
        }, cancel), cancel);

    public Task<IReadOnlyList<SnapshotBlock>> BlocksAsync(string id, CancellationToken cancel) => Ebs.AllAsync<SnapshotBlock>(
        $"list the blocks of {id}", "ebs:ListSnapshotBlocks", async (c, next) =>
        {
            var values = new Dictionary<string, string> { ["maxResults"] = "10000" };
            if (next is not null) values["pageToken"] = next;
            var answer = (await c.CallAsync(new AwsCall("ListSnapshotBlocks")
            {
                Method = "GET",
                Path = "/snapshots/{id}/blocks",
                Names = new Dictionary<string, string> { ["id"] = id },
                Values = values,
            }, cancel)).Json;
            return (answer["Blocks"]?.AsArray().Select(b => new SnapshotBlock(Number(b!["BlockIndex"]!), b["BlockToken"]!.GetValue<string>())), // the service's form
                answer["NextToken"]?.GetValue<string>());
        }, cancel);

    public async Task<byte[]> ReadAsync(string id, SnapshotBlock block, CancellationToken cancel) => (await Ebs.AskAsync(
        $"read the block {block.Index} of {id}", "ebs:GetSnapshotBlock", c => c.CallAsync(new AwsCall("GetSnapshotBlock")
        {
            Method = "GET",
            Path = "/snapshots/{id}/blocks/{index}",
            Names = new Dictionary<string, string> { ["id"] = id, ["index"] = block.Index.ToString(CultureInfo.InvariantCulture) },
            Values = new Dictionary<string, string> { ["blockToken"] = block.Token },
        }, cancel), cancel)).Bytes;

    public Task DeleteAsync(string id, CancellationToken cancel) => Ec2.TryAsync($"delete the snapshot {id}", "ec2:DeleteSnapshot", s_gone,
        c => c.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = id }, cancel), cancel);

    public Task ShareAsync(string id, IReadOnlyCollection<string> accounts, CancellationToken cancel) => accounts.Count == 0 ? Task.CompletedTask
        : Ec2.AskAsync($"share the snapshot {id}", "ec2:ModifySnapshotAttribute", c => c.ModifySnapshotAttributeAsync(new ModifySnapshotAttributeRequest
        {
            SnapshotId = id,
            Attribute = SnapshotAttributeName.CreateVolumePermission,
            OperationType = OperationType.Add,
            UserIds = [.. accounts],
        }, cancel), cancel);

    // Written as text by some that stand for AWS.
    private static int Number(JsonNode node) => int.Parse(node.ToString(), CultureInfo.InvariantCulture);

    private static CloudSnapshot Of(Snapshot snapshot) => new(snapshot.SnapshotId, snapshot.State?.Value ?? "", snapshot.Progress ?? "", snapshot.StateMessage ?? "",
        (long)(snapshot.VolumeSize ?? 0) << 30, snapshot.StartTime ?? default, snapshot.Description ?? "", AmazonTags.Of(snapshot.Tags))
    {
        Encrypted = snapshot.Encrypted == true,
        Key = snapshot.KmsKeyId,
    };
}
