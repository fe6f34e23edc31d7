using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageBuilder.Model;
using ImageBuilder.Tests.Clouds;
using static ImageBuilder.Tests.Aws.ServedCloud;

namespace ImageBuilder.Tests.Aws;

/// <summary>S3: the part of <see cref="ServedCloud"/> that keeps objects in buckets. It checks no signatures.</summary>
internal sealed class ServedObjects
{
    // Objects that arrive in parts, by the id of the upload.
    private readonly Dictionary<string, SortedDictionary<int, byte[]>> _uploads = [];

    /// <summary>Null: it is no operation of these.</summary>
    /// <param name="body">What is put.</param>
    public JsonObject? Do(FakeStock stock, string region, string operation, JsonObject given, byte[] body)
    {
        if (given["Bucket"] is not { } bucket) return null;
        if (stock.Bucket is { } only && only != bucket.ToString()) throw new ServiceRefusal("NoSuchBucket", "The specified bucket does not exist", 404);
        if (given["ExpectedBucketOwner"] is { } owner && stock.BucketOwner is { } real && owner.ToString() != real) throw new ServiceRefusal("AccessDenied", "Access Denied", 403);
        var address = new ObjectAddress(bucket.ToString(), Text(given, "Key")).ToString();
        lock (stock) return operation switch
        {
            "GetBucketLocation" => new JsonObject { ["LocationConstraint"] = (stock.BucketRegion ?? region) is var home && home == "us-east-1" ? "" : home },
            "ListObjectsV2" => Page(stock, address, given),
            "HeadObject" => new JsonObject { ["ETag"] = TagOf(Found(stock, address, given)), ["ContentLength"] = stock.Objects[address].Length },
            "GetObject" => new JsonObject { ["ETag"] = TagOf(Found(stock, address, given)), ["Body"] = JsonValue.Create(stock.Objects[address]) },
            "PutObject" => new JsonObject { ["ETag"] = TagOf(stock.Objects[address] = body) },
            "DeleteObject" => Removed(stock.Objects, address),
            "CreateMultipartUpload" => new JsonObject { ["UploadId"] = Begin(stock) },
            "UploadPart" => new JsonObject { ["ETag"] = TagOf(Upload(given)[int.Parse(Text(given, "PartNumber"), CultureInfo.InvariantCulture)] = body) },
            "CompleteMultipartUpload" => new JsonObject { ["ETag"] = TagOf(stock.Objects[address] = Whole(given)) },
            "AbortMultipartUpload" => Removed(_uploads, Text(given, "UploadId")),
            _ => null,
        };
    }

    private static JsonObject Removed<T>(Dictionary<string, T> all, string name)
    {
        all.Remove(name);
        return [];
    }

    private string Begin(FakeStock stock)
    {
        var id = stock.NewId("upload");
        _uploads[id] = [];
        return id;
    }

    private SortedDictionary<int, byte[]> Upload(JsonObject given) =>
        _uploads.GetValueOrDefault(Text(given, "UploadId")) ?? throw new ServiceRefusal("NoSuchUpload", "The specified upload does not exist.", 404);

    private byte[] Whole(JsonObject given)
    {
        var parts = Upload(given);
        var named = given["MultipartUpload"]!["Parts"]!.AsArray() // the model wants them
            .Select(p => (int.Parse(p!["PartNumber"]!.ToString(), CultureInfo.InvariantCulture), p["ETag"]!.ToString()));
        if (!named.SequenceEqual(parts.Select(p => (p.Key, TagOf(p.Value))))) throw new ServiceRefusal("InvalidPart", "One or more of the specified parts could not be found.");
        _uploads.Remove(Text(given, "UploadId"));
        return [.. parts.Values.SelectMany(p => p)];
    }

    private static byte[] Found(FakeStock stock, string address, JsonObject given)
    {
        var found = stock.Objects.GetValueOrDefault(address) ?? throw new ServiceRefusal("NoSuchKey", "The specified key does not exist.", 404);
        return given["IfMatch"] is { } tag && tag.ToString() != TagOf(found) ? throw new ServiceRefusal("PreconditionFailed", "It is another one.", 412) : found;
    }

    private static JsonObject Page(FakeStock stock, string bucket, JsonObject given)
    {
        var keys = stock.Objects.Keys.Where(k => k.StartsWith(bucket, StringComparison.Ordinal)).Select(k => k[bucket.Length..])
            .Where(k => k.StartsWith(Text(given, "Prefix"), StringComparison.Ordinal) && string.CompareOrdinal(k, Text(given, "ContinuationToken")) > 0)
            .Order(StringComparer.Ordinal).ToList();
        var page = keys.Take(stock.PageSize).ToList();
        return new JsonObject
        {
            ["IsTruncated"] = keys.Count > page.Count,
            ["NextContinuationToken"] = keys.Count > page.Count ? page[^1] : null,
            ["Contents"] = List(page, k => new JsonObject { ["Key"] = k, ["Size"] = stock.Objects[bucket + k].Length, ["ETag"] = TagOf(stock.Objects[bucket + k]) }),
        };
    }

#pragma warning disable CA5351 // What S3's tags are.
    private static string TagOf(byte[] content) => $"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"";
#pragma warning restore CA5351
}
