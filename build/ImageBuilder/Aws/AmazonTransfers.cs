using Amazon.EC2;
using Amazon.EC2.Model;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>VM Import/Export, which is part of EC2.</summary>
internal sealed class AmazonTransfers(Lazy<AmazonAsker<AmazonEC2Client>> machines) : IImageTransfers
{
    private static readonly string[] s_gone = ["InvalidConversionTaskId", "InvalidConversionTaskId.Malformed", "InvalidExportTaskID.NotFound", "InvalidExportTaskId"];

    private AmazonAsker<AmazonEC2Client> Ec2 => machines.Value;

    public async Task<string> ImportSnapshotAsync(SnapshotImport import, CancellationToken cancel)
    {
        var request = new ImportSnapshotRequest
        {
            ClientToken = import.Token,
            Description = import.Description,
            RoleName = import.Role,
            DiskContainer = new SnapshotDiskContainer
            {
                Format = import.Format,
                Description = import.Description,
                UserBucket = new UserBucket { S3Bucket = import.Bucket, S3Key = import.Key },
            },
            TagSpecifications = AmazonTags.Specifications(ResourceType.ImportSnapshotTask, import.Tags),
        };
        if (import.Encrypted) request.Encrypted = true;
        if (import.KmsKey is { } key) request.KmsKeyId = key;
        return (await Ec2.AskAsync($"import a snapshot of {import.Key}", "ec2:ImportSnapshot", c => c.ImportSnapshotAsync(request, cancel), cancel)).ImportTaskId;
    }

    public async Task<string> ImportImageAsync(ImageImport import, CancellationToken cancel)
    {
        var request = new ImportImageRequest
        {
            ClientToken = import.Token,
            Description = import.Description,
            Architecture = import.Architecture,
            Platform = import.Platform,
            LicenseType = import.LicenseType,
            RoleName = import.Role,
            DiskContainers =
            [
                new ImageDiskContainer { Format = import.Format, Description = import.Description, UserBucket = new UserBucket { S3Bucket = import.Bucket, S3Key = import.Key } },
            ],
            TagSpecifications = AmazonTags.Specifications(ResourceType.ImportImageTask, import.Tags),
        };
        if (import.BootMode is { } mode) request.BootMode = mode;
        if (import.Encrypted) request.Encrypted = true;
        if (import.KmsKey is { } key) request.KmsKeyId = key;
        return (await Ec2.AskAsync($"import an image of {import.Key}", "ec2:ImportImage", c => c.ImportImageAsync(request, cancel), cancel)).ImportTaskId;
    }

    public async Task<string> ExportImageAsync(ImageExport export, CancellationToken cancel)
    {
        var request = new ExportImageRequest
        {
            ClientToken = export.Token,
            Description = export.Description,
            ImageId = export.Image,
            DiskImageFormat = export.Format,
            RoleName = export.Role,
            S3ExportLocation = new ExportTaskS3LocationRequest { S3Bucket = export.Bucket, S3Prefix = export.Prefix },
            TagSpecifications = AmazonTags.Specifications(ResourceType.ExportImageTask, export.Tags),
        };
        return (await Ec2.AskAsync($"export the image {export.Image}", "ec2:ExportImage", c => c.ExportImageAsync(request, cancel), cancel)).ExportImageTaskId;
    }

    public async Task<TransferTask?> GetAsync(string id, CancellationToken cancel) => Kind(id) switch
    {
        "import-snap" => (await Ec2.TryAsync($"look at {id}", "ec2:DescribeImportSnapshotTasks", s_gone,
            c => c.DescribeImportSnapshotTasksAsync(new DescribeImportSnapshotTasksRequest { ImportTaskIds = [id] }, cancel), cancel))
            ?.ImportSnapshotTasks?.Select(Of).FirstOrDefault(),
        "import-ami" => (await Ec2.TryAsync($"look at {id}", "ec2:DescribeImportImageTasks", s_gone,
            c => c.DescribeImportImageTasksAsync(new DescribeImportImageTasksRequest { ImportTaskIds = [id] }, cancel), cancel))
            ?.ImportImageTasks?.Select(Of).FirstOrDefault(),
        _ => (await Ec2.TryAsync($"look at {id}", "ec2:DescribeExportImageTasks", s_gone,
            c => c.DescribeExportImageTasksAsync(new DescribeExportImageTasksRequest { ExportImageTaskIds = [id] }, cancel), cancel))
            ?.ExportImageTasks?.Select(Of).FirstOrDefault(),
    };

    public async Task<IReadOnlyList<TransferTask>> FindAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancel)
    {
        var filters = AmazonTags.Filters(tags);
        var snapshots = await Ec2.AllAsync<ImportSnapshotTask>("look for imports of snapshots", "ec2:DescribeImportSnapshotTasks", async (c, next) =>
        {
            var answer = await c.DescribeImportSnapshotTasksAsync(new DescribeImportSnapshotTasksRequest { Filters = filters, NextToken = next }, cancel);
            return (answer.ImportSnapshotTasks, answer.NextToken);
        }, cancel);
        var images = await Ec2.AllAsync<ImportImageTask>("look for imports of images", "ec2:DescribeImportImageTasks", async (c, next) =>
        {
            var answer = await c.DescribeImportImageTasksAsync(new DescribeImportImageTasksRequest { Filters = filters, NextToken = next }, cancel);
            return (answer.ImportImageTasks, answer.NextToken);
        }, cancel);
        var exports = await Ec2.AllAsync<ExportImageTask>("look for exports of images", "ec2:DescribeExportImageTasks", async (c, next) =>
        {
            var answer = await c.DescribeExportImageTasksAsync(new DescribeExportImageTasksRequest { Filters = filters, NextToken = next }, cancel);
            return (answer.ExportImageTasks, answer.NextToken);
        }, cancel);
        return [.. snapshots.Select(Of), .. images.Select(Of), .. exports.Select(Of)];
    }

    public Task CancelAsync(string id, CancellationToken cancel) => Kind(id) == "export-ami"
        ? Ec2.TryAsync($"cancel {id}", "ec2:CancelExportTask", s_gone, c => c.CancelExportTaskAsync(new CancelExportTaskRequest { ExportTaskId = id }, cancel), cancel)
        : Ec2.TryAsync($"cancel {id}", "ec2:CancelImportTask", s_gone, c => c.CancelImportTaskAsync(new CancelImportTaskRequest { ImportTaskId = id }, cancel), cancel);

    // import-snap-0123…, import-ami-0123…, export-ami-0123…
    private static string Kind(string id) => string.Join('-', id.Split('-').Take(2));

    private static TransferTask Of(ImportSnapshotTask task) => new(task.ImportTaskId, task.SnapshotTaskDetail?.Status ?? "", task.SnapshotTaskDetail?.Progress ?? "",
        task.SnapshotTaskDetail?.StatusMessage ?? "", task.SnapshotTaskDetail?.SnapshotId, AmazonTags.Of(task.Tags));

    private static TransferTask Of(ImportImageTask task) => new(task.ImportTaskId, task.Status ?? "", task.Progress ?? "",
        task.StatusMessage ?? "", task.ImageId, AmazonTags.Of(task.Tags));

    private static TransferTask Of(ExportImageTask task) => new(task.ExportImageTaskId, task.Status ?? "", task.Progress ?? "", task.StatusMessage ?? "",
        task.S3ExportLocation is { } place ? $"{place.S3Prefix}{task.ExportImageTaskId}" : null, AmazonTags.Of(task.Tags));
}
