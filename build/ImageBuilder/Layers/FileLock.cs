namespace ImageBuilder.Layers;

/// <summary>A lock between processes, held on an open file: the kernel lets go of it however its owner ends.</summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Null when another process, or another part of this one, holds it.</summary>
    public static FileLock? Try(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    /// <param name="waiting">Called once, when somebody else holds it.</param>
    public static async Task<FileLock> TakeAsync(string path, Action waiting, TimeProvider clock, CancellationToken cancel)
    {
        var told = false;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (Try(path) is { } held) return held;
            if (!told) waiting();
            told = true;
            await Task.Delay(s_retry, clock, cancel);
        }
    }

    public void Dispose() => _file.Dispose();

    // EWOULDBLOCK of flock(2); everything else (no space, no permission) is a mistake that waiting does not mend.
    private static bool IsHeld(IOException e) => e.HResult == 11;
}
