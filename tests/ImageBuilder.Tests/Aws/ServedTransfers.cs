using System.Text.Json.Nodes;
using ImageBuilder.Clouds;
using ImageBuilder.Tests.Clouds;
using static ImageBuilder.Tests.Aws.ServedCloud;

namespace ImageBuilder.Tests.Aws;

/// <summary>VM Import/Export: the part of <see cref="ServedCloud"/> that has tasks.</summary>
internal sealed class ServedTransfers
{
    // Where each export goes.
    private readonly Dictionary<string, JsonObject> _places = [];

    /// <summary>Null: it is no operation of these.</summary>
    public async Task<JsonObject?> DoAsync(ICloudRegion at, FakeStock stock, string operation, JsonObject given) => operation switch
    {
        "ImportSnapshot" => new JsonObject { ["ImportTaskId"] = await OnceAsync(stock, TokenOf(given), () => at.Transfers.ImportSnapshotAsync(Snapshot(given), default)) },
        "ImportImage" => new JsonObject { ["ImportTaskId"] = await OnceAsync(stock, TokenOf(given), () => at.Transfers.ImportImageAsync(Image(given), default)) },
        "ExportImage" => new JsonObject { ["ExportImageTaskId"] = await ExportAsync(at, stock, given) },
        "DescribeImportSnapshotTasks" => new JsonObject
        {
            ["ImportSnapshotTasks"] = List(await TasksAsync(at, stock, given, "ImportTaskIds", "import-snap"), t => new JsonObject
            {
                ["ImportTaskId"] = t.Id,
                ["SnapshotTaskDetail"] = Detail(t, "SnapshotId"),
                ["Tags"] = Tags(t.Tags),
            }),
        },
        "DescribeImportImageTasks" => new JsonObject
        {
            ["ImportImageTasks"] = List(await TasksAsync(at, stock, given, "ImportTaskIds", "import-ami"), t => Named(Detail(t, "ImageId"), "ImportTaskId", t)),
        },
        "DescribeExportImageTasks" => new JsonObject
        {
            ["ExportImageTasks"] = List(await TasksAsync(at, stock, given, "ExportImageTaskIds", "export-ami"), t =>
            {
                var task = Named(Detail(t, made: null), "ExportImageTaskId", t);
                task["S3ExportLocation"] = _places[t.Id].DeepClone();
                return task;
            }),
        },
        "CancelImportTask" => await DoneAsync(() => at.Transfers.CancelAsync(Known(stock.Transfers, given, "ImportTaskId", "InvalidConversionTaskId"), default)),
        "CancelExportTask" => await DoneAsync(() => at.Transfers.CancelAsync(Known(stock.Transfers, given, "ExportTaskId", "InvalidExportTaskID.NotFound"), default)),
        _ => null,
    };

    private async Task<string> ExportAsync(ICloudRegion at, FakeStock stock, JsonObject given)
    {
        var place = given["S3ExportLocation"]!.AsObject(); // the model wants it
        var id = await OnceAsync(stock, TokenOf(given), () => at.Transfers.ExportImageAsync(new ImageExport(Known(stock.Images, given, "ImageId", "InvalidAMIID.NotFound"),
            Text(given, "DiskImageFormat"), Text(place, "S3Bucket"), Text(place, "S3Prefix"), Text(given, "Description"), given["RoleName"]?.ToString(),
            Tags(given["TagSpecifications"]?[0]?["Tags"]), Text(given, "ClientToken")), default));
        _places[id] = place.DeepClone().AsObject();
        return id;
    }

    private static string TokenOf(JsonObject given) => Text(given, "ClientToken");

    private static SnapshotImport Snapshot(JsonObject given)
    {
        var disk = given["DiskContainer"]!.AsObject(); // we always have one
        var bucket = disk["UserBucket"]!.AsObject();
        return new SnapshotImport(Text(bucket, "S3Bucket"), Text(bucket, "S3Key"), Text(disk, "Format"), Text(given, "Description"), given["Encrypted"]?.ToString() == "true",
            given["KmsKeyId"]?.ToString(), given["RoleName"]?.ToString(), Tags(given["TagSpecifications"]?[0]?["Tags"]), Text(given, "ClientToken"));
    }

    private static ImageImport Image(JsonObject given)
    {
        var disk = given["DiskContainers"]![0]!.AsObject(); // as above
        var bucket = disk["UserBucket"]!.AsObject();
        return new ImageImport(Text(bucket, "S3Bucket"), Text(bucket, "S3Key"), Text(disk, "Format"), Text(given, "Description"), Text(given, "Architecture"),
            Text(given, "Platform"), given["BootMode"]?.ToString(), given["LicenseType"]?.ToString(), given["Encrypted"]?.ToString() == "true", given["KmsKeyId"]?.ToString(),
            given["RoleName"]?.ToString(), Tags(given["TagSpecifications"]?[0]?["Tags"]), Text(given, "ClientToken"));
    }

    private static async Task<IReadOnlyList<TransferTask>> TasksAsync(ICloudRegion at, FakeStock stock, JsonObject given, string wanted, string kind)
    {
        if (Texts(given[wanted]) is not { Count: > 0 } ids)
            return [.. stock.Transfers.Values.Where(t => t.Id.StartsWith(kind, StringComparison.Ordinal) && Fits(given, t.Tags, ""))];
        var found = new List<TransferTask>();
        foreach (var id in ids)
            found.Add(await at.Transfers.GetAsync(id, default) ?? throw new ServiceRefusal("InvalidConversionTaskId", $"There is no task {id}."));
        return found;
    }

    private static JsonObject Detail(TransferTask task, string? made)
    {
        var detail = new JsonObject { ["Status"] = task.State, ["Progress"] = task.Progress, ["StatusMessage"] = task.Message };
        if (made is not null) detail[made] = task.Made;
        return detail;
    }

    private static JsonObject Named(JsonObject detail, string member, TransferTask task)
    {
        detail[member] = task.Id;
        detail["Tags"] = Tags(task.Tags);
        return detail;
    }
}
