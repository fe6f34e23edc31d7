using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>Objects in Amazon S3, or behind <c>AWS_ENDPOINT_URL</c>, with the credentials that AWS's own tools would use here.</summary>
public sealed class S3Store(Func<string, string?> environment) : IObjectStore, IDisposable
{
    private const string Service = "S3";

    // What one request may upload; more would have to be cut up.
    private const long MostBytes = 5L << 30;

    private readonly Lazy<AmazonS3Client> _client = new(() => Client(environment));

    public S3Store() : this(Environment.GetEnvironmentVariable) { }

    public async Task<StoredObject?> FindAsync(ObjectAddress address, string? owner, CancellationToken cancel)
    {
        try
        {
            var found = await CallAsync(address, client => client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = address.Bucket, Key = address.Key, ExpectedBucketOwner = owner }, cancel), cancel);
            return new StoredObject(address, found.ContentLength, found.ETag);
        }
        catch (ProblemException e) when (IsMissing(e))
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<StoredObject>> ListAsync(ObjectAddress prefix, string? owner, int most, CancellationToken cancel)
    {
        var objects = new List<StoredObject>();
        string? next = null;
        do
        {
            var page = await CallAsync(prefix, client => client.ListObjectsV2Async(new ListObjectsV2Request
            {
                BucketName = prefix.Bucket,
                Prefix = prefix.Key,
                ExpectedBucketOwner = owner,
                ContinuationToken = next,
            }, cancel), cancel);
            objects.AddRange((page.S3Objects ?? []).Select(o => new StoredObject(prefix with { Key = o.Key }, o.Size ?? 0, o.ETag)));
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null && objects.Count < most);

        return [.. objects.Take(most)];
    }

    public async Task DownloadAsync(StoredObject wanted, string? owner, string path, CancellationToken cancel)
    {
        var address = wanted.Address;
        using var found = await CallAsync(address, client => client.GetObjectAsync(
            new GetObjectRequest { BucketName = address.Bucket, Key = address.Key, ExpectedBucketOwner = owner, EtagToMatch = wanted.Tag }, cancel), cancel);
        try
        {
            await using var file = File.Create(path);
            await found.ResponseStream.CopyToAsync(file, cancel);
        }
        catch (HttpIOException e)
        {
            throw Explain(address, e);
        }
    }

    public async Task UploadAsync(string path, ObjectAddress address, string? owner, CancellationToken cancel)
    {
        if (new FileInfo(path).Length > MostBytes)
            throw new ProblemException(ExitCode.BuildFailed, new Problem("IB4155", $"The file for {address} is too big to be uploaded.",
                $"One upload may have {MostBytes >> 30} GiB.", "Cut the file up in a step before."));
        await CallAsync(address, client => client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = address.Bucket,
            Key = address.Key,
            FilePath = path,
            ExpectedBucketOwner = owner,
            UseChunkEncoding = false, // emulators often take the chunks' heads for content
        }, cancel), cancel);
    }

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    private async Task<T> CallAsync<T>(ObjectAddress address, Func<AmazonS3Client, Task<T>> call, CancellationToken cancel)
    {
        try
        {
            return await call(_client.Value);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested
            && e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException or OperationCanceledException)
        {
            throw Explain(address, e);
        }
    }

    private static bool IsMissing(ProblemException e) => e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } cause
        && cause.ErrorCode != "NoSuchBucket";

    private ProblemException Explain(ObjectAddress address, Exception cause) => new(ExitCode.BuildFailed, cause switch
    {
        AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } s3 => new Problem("IB4151", $"{address} does not exist.",
            s3.ErrorCode == "NoSuchBucket" ? $"There is no bucket `{address.Bucket}`." : $"The bucket `{address.Bucket}` has no such object.",
            "Correct bucket and key."),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden } s3 => new Problem("IB4152", $"{address} is not allowed to you.",
            $"The answer was {s3.ErrorCode}: {s3.Message} It may mean that the key does not exist, or that the bucket is not the expected owner's.",
            "Give the credentials of the caller s3:GetObject, s3:PutObject or s3:ListBucket there, or correct `expectedBucketOwner`."),
        AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed } => new Problem("IB4153", $"{address} has changed since the plan was made.",
            "It is another object than the one that the step's layer key was computed from.", "Run the same command again: it plans anew."),
        AmazonS3Exception { StatusCode: not 0 } s3 => new Problem("IB4154", $"{address} cannot be reached.", $"The answer was {s3.ErrorCode}: {s3.Message}",
            "Correct bucket, key and region (AWS_REGION), and try again."),
        _ => new Problem("IB4150", $"{address} cannot be reached.", Causes(cause),
            !new Caller(environment).IsEmulated(Service)
                ? "Check the network, and the credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
                : "Check that AWS_ENDPOINT_URL names a server that runs."),
    }, cause);

    private static string Causes(Exception cause) => string.Join(' ', Chain(cause).Select(e => e.Message).Distinct());

    private static IEnumerable<Exception> Chain(Exception? cause)
    {
        for (; cause is not null; cause = cause.InnerException) yield return cause;
    }

    private static AmazonS3Client Client(Func<string, string?> environment)
    {
        var caller = new Caller(environment);
        var config = new AmazonS3Config();
        caller.Configure(config, Service);
        if (caller.IsEmulated(Service))
        {
            // Emulators have one name, and many do not know the checksums that AWS's own end asks for.
            config.ForcePathStyle = true;
            config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }
        else
        {
            config.RegionEndpoint ??= RegionEndpoint.USEast1; // it answers with the bucket's own
        }

        return caller.Credentials is { } credentials ? new AmazonS3Client(credentials, config) : new AmazonS3Client(config);
    }
}
