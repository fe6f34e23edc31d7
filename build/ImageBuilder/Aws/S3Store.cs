using System.Net;
using System.Runtime.ExceptionServices;
using System.Xml;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>Objects in Amazon S3, or behind <c>AWS_ENDPOINT_URL</c>, with the credentials that AWS's own tools would use here.</summary>
public sealed class S3Store : IObjectStore, IDisposable
{
    private const string Service = "S3";

    // S3's limit.
    private const int MostParts = 10_000;
    private const int PartsAtOnce = 4;

    // To where S3 says that the bucket is, which the client follows as it follows failures. All other patience is ours.
    private const int Redirects = 1;

    private static readonly TimeSpan s_transfer = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_abort = TimeSpan.FromSeconds(30);

    private readonly Lazy<AmazonS3Client> _client;
    private readonly Caller _caller;
    private readonly Patience _patience;

    public S3Store() : this(Environment.GetEnvironmentVariable) { }

    /// <summary>With the credentials, region and end point that every AWS tool finds.</summary>
    public S3Store(Func<string, string?> environment)
    {
        _caller = new Caller(environment, TimeProvider.System);
        _patience = new Patience(_caller.Clock);
        _client = new Lazy<AmazonS3Client>(Client);
    }

    /// <summary>In one region, as one identity.</summary>
    internal S3Store(Caller caller, CloudPlace place)
    {
        _caller = caller;
        _patience = new Patience(caller.Clock);
        _client = new Lazy<AmazonS3Client>(() =>
        {
            var config = caller.For(new AmazonS3Config(), Service, place.Region);
            (config.MaxErrorRetry, config.Timeout) = (Redirects, s_transfer);
            return new AmazonS3Client(caller.CredentialsFor(place), ForEmulators(config));
        });
    }

    /// <summary>Bytes; larger files are sent in parts of at least so many.</summary>
    internal long OnePart { get; init; } = 64L << 20;

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
        ExceptionDispatchInfo? here = null;
        await CallAsync(address, async client =>
        {
            using var found = await client.GetObjectAsync(
                new GetObjectRequest { BucketName = address.Bucket, Key = address.Key, ExpectedBucketOwner = owner, EtagToMatch = wanted.Tag }, cancel);
            try
            {
                await using var file = File.Create(path);
                await found.ResponseStream.CopyToAsync(file, cancel);
            }
            catch (IOException e) when (e is not HttpIOException)
            {
                here = ExceptionDispatchInfo.Capture(e); // of this machine: asking again does not help
            }

            return found;
        }, cancel);
        here?.Throw();
    }

    public async Task UploadAsync(string path, ObjectAddress address, string? owner, CancellationToken cancel)
    {
        var size = new FileInfo(path).Length;
        if (size > OnePart)
        {
            await UploadPartsAsync(path, size, address, owner, cancel);
            return;
        }

        await CallAsync(address, client => client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = address.Bucket,
            Key = address.Key,
            FilePath = path,
            ExpectedBucketOwner = owner,
            UseChunkEncoding = false, // emulators often take the chunks' heads for content
        }, cancel), cancel);
    }

    public Task DeleteAsync(ObjectAddress address, string? owner, CancellationToken cancel) => CallAsync(address, client => client.DeleteObjectAsync(
        new DeleteObjectRequest { BucketName = address.Bucket, Key = address.Key, ExpectedBucketOwner = owner }, cancel), cancel);

    public string Presign(ObjectAddress address, TimeSpan valid) => _client.Value.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = address.Bucket,
        Key = address.Key,
        Verb = HttpVerb.GET,
        Expires = _caller.Clock.GetUtcNow().UtcDateTime + valid,
        Protocol = _client.Value.Config.ServiceURL?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) == true ? Protocol.HTTP : Protocol.HTTPS,
    });

    public async Task<string> RegionAsync(string bucket, CancellationToken cancel)
    {
        var answer = await CallAsync(new ObjectAddress(bucket, ""), client => client.GetBucketLocationAsync(new GetBucketLocationRequest { BucketName = bucket }, cancel), cancel);
        return answer.Location?.Value switch
        {
            null or "" => "us-east-1",
            "EU" => "eu-west-1", // of buckets made before 2010
            var region => region,
        };
    }

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    // Nothing is left of an upload that does not come to its end.
    private async Task UploadPartsAsync(string path, long size, ObjectAddress address, string? owner, CancellationToken cancel)
    {
        var upload = (await CallAsync(address, client => client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = address.Bucket, Key = address.Key, ExpectedBucketOwner = owner }, cancel), cancel)).UploadId;
        try
        {
            var length = Math.Max(OnePart, (size + MostParts - 1) / MostParts);
            var parts = new PartETag[(size + length - 1) / length];
            await Parallel.ForAsync(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = PartsAtOnce, CancellationToken = cancel }, async (i, stop) =>
            {
                var part = await CallAsync(address, client => client.UploadPartAsync(new UploadPartRequest
                {
                    BucketName = address.Bucket,
                    Key = address.Key,
                    ExpectedBucketOwner = owner,
                    UploadId = upload,
                    PartNumber = i + 1,
                    FilePath = path,
                    FilePosition = i * length,
                    PartSize = Math.Min(length, size - (i * length)),
                    UseChunkEncoding = false,
                }, stop), stop);
                parts[i] = new PartETag(i + 1, part.ETag);
            });
            await CallAsync(address, client => client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
            {
                BucketName = address.Bucket,
                Key = address.Key,
                ExpectedBucketOwner = owner,
                UploadId = upload,
                PartETags = [.. parts],
            }, cancel), cancel);
        }
        catch (Exception e)
        {
            if (await AbortAsync(address, upload, owner) || cancel.IsCancellationRequested) throw;
            throw new ProblemException((e as ProblemException)?.Exit ?? ExitCode.BuildFailed,
            [
                .. (e as ProblemException)?.Problems ?? [],
                new Problem("IB4157", $"Parts of an upload stay in the bucket `{address.Bucket}`.", "It did not come to its end, and could not be taken back.",
                    $"aws s3api abort-multipart-upload --bucket {address.Bucket} --key '{address.Key}' --upload-id {upload}"),
            ], e);
        }
    }

    private async Task<bool> AbortAsync(ObjectAddress address, string upload, string? owner)
    {
        using var own = new CancellationTokenSource(s_abort);
        try
        {
            await CallAsync(address, client => client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = address.Bucket, Key = address.Key, ExpectedBucketOwner = owner, UploadId = upload }, own.Token), own.Token);
            return true;
        }
        catch (Exception e) when (e is ProblemException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <param name="call">Makes its request anew each time: what it sends is read again.</param>
    private async Task<T> CallAsync<T>(ObjectAddress address, Func<AmazonS3Client, Task<T>> call, CancellationToken cancel) where T : class
    {
        try
        {
            return await _patience.CallAsync(() => call(_client.Value), cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested
            && e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException or OperationCanceledException or XmlException)
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
            !_caller.IsEmulated(Service)
                ? "Check the network, and the credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
                : "Check that AWS_ENDPOINT_URL names a server that runs."),
    }, cause);

    private static string Causes(Exception cause) => string.Join(' ', Chain(cause).Select(e => e.Message).Distinct());

    private static IEnumerable<Exception> Chain(Exception? cause)
    {
        for (; cause is not null; cause = cause.InnerException) yield return cause;
    }

    private AmazonS3Client Client()
    {
        var config = new AmazonS3Config();
        _caller.Configure(config, Service);
        config.MaxErrorRetry = Redirects;
        if (!_caller.IsEmulated(Service)) config.RegionEndpoint ??= RegionEndpoint.USEast1; // it answers with the bucket's own
        return _caller.Credentials is { } credentials ? new AmazonS3Client(credentials, ForEmulators(config)) : new AmazonS3Client(ForEmulators(config));
    }

    // Emulators have one name, and many do not know the checksums that AWS's own end asks for.
    private AmazonS3Config ForEmulators(AmazonS3Config config)
    {
        if (!_caller.IsEmulated(Service)) return config;
        config.ForcePathStyle = true;
        config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
        config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        return config;
    }
}
