namespace ImageBuilder.Contracts;

/// <summary>Lends the terminal of the person who started the run to one shell at a time.</summary>
public interface IDialogue
{
    /// <summary>True where standard input is a terminal.</summary>
    bool Possible { get; }

    /// <summary>The terminal's kind, as in TERM.</summary>
    string TerminalKind { get; }

    /// <summary>Waits until the terminal is free, says the lines, and writes nothing else until what it returns is disposed.</summary>
    Task<IDisposable> BeginAsync(IReadOnlyList<string> lines, CancellationToken cancel);
}
