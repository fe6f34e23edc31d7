using ImageBuilder.FileSystems;
using ImageBuilder.Formats;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Distribution;

/// <summary>Files of an image in a folder. A file is there as a whole or not at all.</summary>
internal sealed class FolderDelivery : IDelivery
{
    private readonly ImageToDeliver _image;
    private readonly FolderTarget _wanted;
    private readonly string _folder;

    public FolderDelivery(ImageToDeliver image, FolderTarget wanted)
    {
        (_image, _wanted) = (image, wanted);
        _folder = Path.GetFullPath(image.Fill(wanted.Path), image.Run.Settings.Repository);
        Target = new TargetDone($"folder {_folder}", "folder", _folder);
    }

    public TargetDone Target { get; }

    public Task<string> LookAsync(CancellationToken cancel)
    {
        var files = Deliverables.Of(_image, _wanted.Formats);
        return Task.FromResult($"{files.Count(f => new FileInfo(PathOf(f.File)) is { Exists: true } there && there.Length == f.File.Size)} of {files.Count} files are there");
    }

    public async Task<TargetDone> DeliverAsync(TargetDone? before, CancellationToken cancel)
    {
        var (done, sent) = (new List<FileDone>(), 0L);
        foreach (var (path, file) in Deliverables.Of(_image, _wanted.Formats))
        {
            var to = PathOf(file);
            if (!File.Exists(to) || await FileDigest.OfAsync(to, _ => { }, cancel) != file.Sha256)
            {
                await CopyAsync(path, to, file, cancel);
                sent += file.Size;
            }

            done.Add(file with { Path = to });
        }

        return Target with { IsDone = true, Reused = sent == 0, Files = done, Sent = sent };
    }

    private async Task CopyAsync(string from, string to, FileDone file, CancellationToken cancel)
    {
        var part = $"{to}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(_folder);
            await Task.Run(() => Copy(from, part, cancel), cancel);
            var sha256 = await FileDigest.OfAsync(part, _ => { }, cancel);
            if (sha256 != file.Sha256) throw new ProblemException(ExitCode.Integrity, new Problem("IB8203", $"`{to}` is not the file that was to be copied.",
                $"Its SHA-256 is {sha256} instead of {file.Sha256}.", "Run the target Export again, then this one.", _wanted.At));
            File.Move(part, to, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(to, e);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static void Copy(string from, string to, CancellationToken cancel)
    {
        using var source = new RawDisk(from);
        using var target = new SparseFile(to);
        target.SetLength(source.Size);
        DiskCopy.Run(source, target, _ => { }, cancel);
    }

    private string PathOf(FileDone file) => Path.Combine(_folder, Path.GetFileName(file.Path));
}
