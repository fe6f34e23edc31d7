using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageBuilder.Records;

namespace ImageBuilder.Publishing;

/// <summary>
/// What this machine remembers of snapshots that it has written: whose blocks the last one of a recipe has, so that the next need not put them again,
/// and which blocks of an unfinished one are put. Losing it costs time and nothing else.
/// </summary>
/// <param name="folder"><c>published/</c> of the cache.</param>
public sealed class PublishedBlocks(string folder)
{
    /// <summary>The last snapshot of a recipe at a place, with its blocks; null: none is known, or the file is damaged.</summary>
    public async Task<(LastSnapshot Last, BlockDigests Blocks)?> LastAsync(SnapshotWish wish, string account, CancellationToken cancel)
    {
        try
        {
            var path = LastPath(wish, account);
            if (!File.Exists(path)) return null;
            var last = JsonSerializer.Deserialize<LastSnapshot>(await File.ReadAllBytesAsync(path, cancel));
            if (last is null) return null;
            var bytes = await File.ReadAllBytesAsync(BlocksPath(last.Content), cancel);
            return Convert.ToHexStringLower(SHA256.HashData(bytes)) == last.Blocks && BlockDigests.FromBytes(bytes) is { } blocks ? (last, blocks) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public async Task RememberAsync(SnapshotWish wish, string account, string snapshot, string content, BlockDigests blocks, CancellationToken cancel)
    {
        var bytes = blocks.ToBytes();
        await AtomicFile.WriteChangedAsync(BlocksPath(content), bytes, cancel);
        var last = new LastSnapshot(snapshot, content, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        await AtomicFile.WriteAsync(LastPath(wish, account), JsonSerializer.SerializeToUtf8Bytes(last), cancel);
    }

    /// <summary>Where is written down which blocks of a snapshot are put.</summary>
    public PutBlocks ProgressOf(SnapshotWish wish, string account, string content) =>
        new(Path.Combine(folder, $"{Name($"{content}\n{account}\n{wish.Place}\n{wish.Encrypted}\n{wish.Key}")}.put"));

    private string LastPath(SnapshotWish wish, string account) =>
        Path.Combine(folder, $"{Name($"{wish.Recipe}\n{account}\n{wish.Place.Region}\n{wish.Encrypted}\n{wish.Key}")}.json");

    private string BlocksPath(string content) => Path.Combine(folder, $"{content}.blocks");

    private static string Name(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}

/// <param name="Content">SHA-256 of its disk.</param>
/// <param name="Blocks">SHA-256 of the list of its blocks.</param>
public sealed record LastSnapshot(string Snapshot, string Content, string Blocks);

/// <summary>Which blocks of a snapshot the service has confirmed. Lines that a crash cut off are as if they had not been written.</summary>
public sealed class PutBlocks(string path) : IDisposable
{
    private readonly Lock _lock = new();
    private StreamWriter? _writer;

    /// <summary>The snapshot, its parent and the blocks put so far; null: there is none.</summary>
    public (string Snapshot, string? Parent, IReadOnlySet<int> Blocks)? Read()
    {
        if (!File.Exists(path)) return null;
        var text = File.ReadAllText(path);
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0].Split(' ') is not [var snapshot, var parent]) return null;
        return (snapshot, parent == "-" ? null : parent, lines.Skip(1).Select(l => int.TryParse(l, out var index) ? index : -1).ToHashSet());
    }

    /// <summary>Goes on writing where an earlier run ended, or begins anew for another snapshot.</summary>
    public void Open(string snapshot, string? parent)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder
        if (Read()?.Snapshot == snapshot)
        {
            var whole = File.ReadAllText(path).LastIndexOf('\n') + 1; // plain ASCII
            using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write)) RandomAccess.SetLength(file, whole);
            _writer = new StreamWriter(path, append: true) { AutoFlush = true };
            return;
        }

        _writer = new StreamWriter(path) { AutoFlush = true };
        _writer.Write($"{snapshot} {parent ?? "-"}\n");
    }

    public void Add(int index)
    {
        lock (_lock) _writer?.Write($"{index}\n");
    }

    public void Delete()
    {
        Dispose();
        File.Delete(path);
    }

    public void Dispose() => _writer?.Dispose();
}
