using System.Globalization;
using System.Text;
using ImageBuilder.Records;

namespace ImageBuilder.Running;

/// <summary>The log of one step: everything up to a limit, and the last lines whatever came between.</summary>
public sealed class StepLog : IDisposable
{
    /// <summary>A step that writes without end must not fill the disk: 64 MiB tell what there is to tell.</summary>
    public const long DefaultLimit = 64L << 20;

    private const int TailLines = 200;

    private readonly Lock _lock = new();
    private readonly StreamWriter _file;
    private readonly long _limit;
    private readonly Queue<string> _tail = new();
    private string? _shown;
    private long _written;
    private long _leftOut;

    /// <param name="path">Made anew, with its folder.</param>
    public StepLog(string path, long limit = DefaultLimit)
    {
        Path = path;
        _limit = limit;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!); // a file below the run's folder
            _file = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(path, e);
        }
    }

    public string Path { get; }

    /// <summary>The last ten lines.</summary>
    public IReadOnlyList<string> Tail
    {
        get
        {
            lock (_lock) return [.. _tail.TakeLast(10)];
        }
    }

    /// <summary>What is going on: the last line, or what was shown since.</summary>
    public string LastLine
    {
        get
        {
            lock (_lock) return _shown ?? _tail.LastOrDefault() ?? "";
        }
    }

    /// <summary>Makes this the last line without writing it.</summary>
    public void Show(string line)
    {
        lock (_lock) _shown = line;
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            _shown = null;
            _tail.Enqueue(line);
            if (_tail.Count > TailLines) _tail.Dequeue();
            _written += line.Length + 1;
            if (_written <= _limit) _file.WriteLine(line);
            else _leftOut++;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            var missing = Math.Min(_leftOut, _tail.Count);
            if (_leftOut > missing) _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[… {_leftOut - missing} lines left out …]"));
            foreach (var line in _tail.TakeLast((int)missing)) _file.WriteLine(line);
            _leftOut = 0;
            _file.Dispose();
        }
    }
}
