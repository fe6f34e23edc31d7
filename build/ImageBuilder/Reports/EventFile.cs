using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageBuilder.Reports;

/// <summary>One line of <c>events.jsonl</c>.</summary>
/// <param name="V">Version of the format: raised when a reader of the old one would misread the new one.</param>
/// <param name="Time">UTC, ISO 8601.</param>
public sealed record EventLine(int V, DateTimeOffset Time, string Recipe, string Version, BuildEvent Event);

/// <summary>Writes events as JSON lines, each as soon as it happens, so that a killed run leaves all it did.</summary>
public sealed class EventFile(string path, string recipe, string version, TimeProvider clock) : IReport, IDisposable
{
    /// <summary>Name of the file in the folder of an image.</summary>
    public const string Name = "events.jsonl";

    private const int FormatVersion = 1;
    // Before the plan is kept there is no folder; this many events are remembered for it.
    private const int Remembered = 1000;
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _waiting = [];
    private FileStream? _stream;
    private bool _closed;

    public void Write(BuildEvent happened)
    {
        var line = new EventLine(FormatVersion, clock.GetUtcNow(), recipe, version, happened);
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, EventJson.Default.EventLine), (byte)'\n'];
        lock (_lock)
        {
            if (_closed || _waiting.Count >= Remembered) return;
            _waiting.Enqueue(bytes);
            try
            {
                if (_stream is null && !Directory.Exists(Path.GetDirectoryName(path))) return;
                _stream ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                while (_waiting.TryDequeue(out var next)) _stream.Write(next);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The stage itself fails with a problem when its folder cannot be written; a report must not.
                _closed = true;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _stream?.Dispose();
            _stream = null;
            _closed = true;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventLine))]
internal sealed partial class EventJson : JsonSerializerContext;
