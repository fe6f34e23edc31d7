using ImageBuilder.Clouds;
using ImageBuilder.FileSystems;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Distribution;

/// <summary>Files of an image in a bucket.</summary>
internal sealed class BucketDelivery : IDelivery
{
    private readonly ImageToDeliver _image;
    private readonly BucketTarget _wanted;
    private readonly CloudPlace _place;
    private readonly string _prefix;

    public BucketDelivery(ImageToDeliver image, BucketTarget wanted)
    {
        (_image, _wanted) = (image, wanted);
        _place = new CloudPlace(wanted.Region ?? image.Run.Cloud.HomeRegion ?? "us-east-1", wanted.Role);
        _prefix = image.Fill(wanted.Prefix);
        var address = new ObjectAddress(wanted.Bucket, _prefix);
        Target = new TargetDone($"s3 {address}", "s3", address.ToString()) { Region = _place.Region, Role = wanted.Role, Owner = wanted.Owner };
    }

    public TargetDone Target { get; }

    private IObjectStore Store => _image.Run.Cloud.At(_place).Objects;

    public async Task<string> LookAsync(CancellationToken cancel)
    {
        var files = Deliverables.Of(_image, _wanted.Formats);
        var there = 0;
        foreach (var (_, file) in files)
            if ((await Store.FindAsync(Address(file), _wanted.Owner, cancel))?.Size == file.Size) there++;
        return $"{there} of {files.Count} files are there";
    }

    public async Task<TargetDone> DeliverAsync(TargetDone? before, CancellationToken cancel)
    {
        var known = (before?.Files ?? []).ToDictionary(f => f.Path);
        var (done, sent) = (new List<FileDone>(), 0L);
        foreach (var (path, file) in Deliverables.Of(_image, _wanted.Formats))
        {
            var address = Address(file);
            var there = await Store.FindAsync(address, _wanted.Owner, cancel);
            if (there is null || known.GetValueOrDefault(address.ToString()) is not { } last || last.Sha256 != file.Sha256 || last.Tag != there.Tag)
            {
                await Store.UploadAsync(path, address, _wanted.Owner, cancel);
                there = await VerifyAsync(address, file, cancel);
                sent += file.Size;
            }

            done.Add(file with { Path = address.ToString(), Tag = there.Tag });
        }

        return Target with { IsDone = true, Reused = sent == 0, Files = done, Sent = sent };
    }

    private async Task<StoredObject> VerifyAsync(ObjectAddress address, FileDone file, CancellationToken cancel)
    {
        var back = Path.Combine(_image.Run.Folder, $".back-{Guid.NewGuid():N}");
        try
        {
            if (await Store.FindAsync(address, _wanted.Owner, cancel) is not { } there) throw Wrong("It is not there.");
            await Store.DownloadAsync(there, _wanted.Owner, back, cancel);
            var sha256 = await FileDigest.OfAsync(back, _ => { }, cancel);
            return sha256 == file.Sha256 ? there : throw Wrong($"Its SHA-256 is {sha256} instead of {file.Sha256}.");
        }
        finally
        {
            File.Delete(back);
        }

        ProblemException Wrong(string why) => new(ExitCode.Integrity, new Problem("IB8202", $"{address} is not the file that was uploaded.", why,
            "Run the same command again.", _wanted.At));
    }

    private ObjectAddress Address(FileDone file) => new(_wanted.Bucket, _prefix + Path.GetFileName(file.Path));
}
