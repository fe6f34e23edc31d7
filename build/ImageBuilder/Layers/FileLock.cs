namespace ImageBuilder.Layers;

/// <summary>A lock between processes, held on an open file: the kernel lets go of it however its owner ends.</summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Null when another process, or another part of this one, holds it.</summary>
    public static FileLock? Try(string path) => Try(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>A lock that several may hold, while nobody has it alone. Null when somebody has.</summary>
    public static FileLock? TryShared(string path) => Try(path, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <param name="waiting">Called once, when somebody else holds it.</param>
    public static Task<FileLock> TakeAsync(string path, Action waiting, TimeProvider clock, CancellationToken cancel) =>
        TakeAsync(() => Try(path), waiting, clock, cancel);

    /// <param name="attempt">Gives the lock, or null while somebody else has it.</param>
    internal static async Task<FileLock> TakeAsync(Func<FileLock?> attempt, Action waiting, TimeProvider clock, CancellationToken cancel)
    {
        var told = false;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (attempt() is { } held) return held;
            if (!told) waiting();
            told = true;
            await Task.Delay(s_retry, clock, cancel);
        }
    }

    /// <summary>Sets the file's time to now, without writing anything into it.</summary>
    internal void Touch(DateTimeOffset now) => File.SetLastWriteTimeUtc(_file.SafeFileHandle, now.UtcDateTime);

    public void Dispose() => _file.Dispose();

    private static FileLock? Try(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, access, share));
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    // EWOULDBLOCK of flock(2); everything else (no space, no permission) is a mistake that waiting does not mend.
    private static bool IsHeld(IOException e) => e.HResult == 11;
}
