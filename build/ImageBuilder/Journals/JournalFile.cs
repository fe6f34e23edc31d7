using System.Text.Json;
using System.Text.Json.Serialization;
using ImageBuilder.Records;

namespace ImageBuilder.Journals;

/// <summary>
/// What one run makes in a cloud, a line for each step, on the disk before the cloud is asked. Whoever has it open has it alone: that tells a run
/// that goes on from one that is dead.
/// </summary>
public sealed class JournalFile : IDisposable
{
    private const string Extension = ".jsonl";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, JournalEntry> _open = [];
    private FileStream? _stream;

    /// <param name="folder">Of all journals.</param>
    /// <param name="run">As of <see cref="CloudTags.NewRun"/>.</param>
    public JournalFile(string folder, string run) => (_path, Run) = (Path.Combine(folder, run + Extension), run);

    private JournalFile(string path, FileStream stream) : this(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path)) => _stream = stream;

    public string Run { get; }

    /// <summary>What was made, or was about to be, and is neither removed nor part of an image.</summary>
    public IReadOnlyList<JournalEntry> Open
    {
        get
        {
            lock (_lock) return [.. _open.Values];
        }
    }

    /// <summary>Ids of the runs that have a journal.</summary>
    public static IReadOnlyList<string> Runs(string folder) => !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    /// <summary>The journal of a run that is over; null while it goes on.</summary>
    public static JournalFile? TryTake(string folder, string run)
    {
        var path = Path.Combine(folder, run + Extension);
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not FileNotFoundException and not DirectoryNotFoundException && e.HResult == 11) // flock(2): somebody has it
        {
            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        var file = new JournalFile(path, stream);
        file.ReadAll(stream);
        return file;
    }

    internal void Intend(JournalEntry entry) => Write(new Line("make", entry.Token, entry), () => _open[entry.Token] = entry);

    internal void Made(JournalEntry entry) => Write(new Line("made", entry.Token, null, entry.Id), () => _open[entry.Token] = entry);

    /// <summary>Is not to be looked after any more: it is gone, or part of an image.</summary>
    internal void Close(string token) => Write(new Line("close", token), () => _open.Remove(token));

    public void Dispose()
    {
        lock (_lock)
        {
            if (_stream is null) return;
            // A run that has left nothing leaves no journal either.
            if (_open.Count == 0) File.Delete(_path);
            _stream.Dispose();
            _stream = null;
        }
    }

    private void Write(Line line, Action then)
    {
        lock (_lock)
        {
            try
            {
                if (_stream is null)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(_path)!); // a file in a folder
                    _stream = new FileStream(_path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                }

                _stream.Write(JsonSerializer.SerializeToUtf8Bytes(line, s_json));
                _stream.WriteByte((byte)'\n');
                _stream.Flush(flushToDisk: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.Unwritable(_path, e);
            }

            then();
        }
    }

    // A last line that was only half written says nothing: what it would have told had not been asked for, or is found by its tags.
    private void ReadAll(FileStream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        while (reader.ReadLine() is { } text)
        {
            if (Parse(text) is not { } line) continue;
            if (line.Entry is { } entry) _open[line.Token] = entry;
            else if (line.Id is { } id && _open.TryGetValue(line.Token, out var known)) _open[line.Token] = known with { Id = id };
            else if (line.Do == "close") _open.Remove(line.Token);
        }

        stream.Seek(0, SeekOrigin.End);
    }

    private static Line? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, s_json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Line(string Do, string Token, JournalEntry? Entry = null, string? Id = null);
}
