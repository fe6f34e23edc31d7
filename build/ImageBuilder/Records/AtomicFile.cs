using ImageBuilder.Problems;

namespace ImageBuilder.Records;

/// <summary>Writes files so that a crash leaves either the old content or the new one.</summary>
public static class AtomicFile
{
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        // Several recipes of one process may write the same file of the cache.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!); // every path here is below a folder of ours
            await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                await stream.WriteAsync(content, cancel);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (OperationCanceledException)
        {
            File.Delete(temporary);
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary)) File.Delete(temporary);
            throw Unwritable(path, e);
        }
    }

    /// <summary>Writes what differs from what is there.</summary>
    /// <returns>False when it was there already.</returns>
    public static async Task<bool> WriteChangedAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        if (File.Exists(path) && (await File.ReadAllBytesAsync(path, cancel)).AsSpan().SequenceEqual(content.Span)) return false;
        await WriteAsync(path, content, cancel);
        return true;
    }

    /// <summary>The problem of a path that cannot be written, with the room left on its file system.</summary>
    public static ProblemException Unwritable(string path, Exception cause) => new(ExitCode.Prerequisites,
        new Problem("IB3004", $"`{path}` cannot be written.",
            cause is IOException full && Room.IsFull(full) ? $"{cause.Message}: {Room.Of(path)} are free." : cause.Message,
            "Give yourself write permission there, free some space, or choose another folder: --artifacts=, --cache="), cause);
}
