namespace ImageBuilder.Processes;

/// <summary>
/// A program to start, as a value: arguments are a list and never one string. Each external tool is a pure function from a
/// record to a command, so it can be tested as text.
/// </summary>
public sealed record Command(string Program, IReadOnlyList<string> Arguments)
{
    public Command(string program, params ReadOnlySpan<string> arguments) : this(program, (IReadOnlyList<string>)[.. arguments]) { }

    /// <summary>Added to the minimal environment that <see cref="ProgramRunner"/> gives every program.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string? WorkingDirectory { get; init; }

    /// <summary>Text for standard input; null means an empty input.</summary>
    public string? Input { get; init; }

    /// <summary>After this time the whole process tree is ended; null means no limit.</summary>
    public TimeSpan? TimeOut { get; init; }

    /// <summary>The command as it can be pasted into a POSIX shell.</summary>
    public override string ToString() => string.Join(' ', Environment.OrderBy(e => e.Key, StringComparer.Ordinal)
        .Select(e => $"{e.Key}={ShellText.Quote(e.Value)}")
        .Append(ShellText.Quote(Program)).Concat(Arguments.Select(ShellText.Quote)));
}
