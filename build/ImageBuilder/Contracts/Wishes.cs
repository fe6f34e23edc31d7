namespace ImageBuilder.Contracts;

/// <summary>What happens to the root in which a step failed.</summary>
public enum OnError { Clean, Keep, Shell }

/// <summary>
/// What a person wants of a run besides the image: what is made again although it is there, and where to be let in. Nothing of it can change
/// what a layer's key stands for.
/// </summary>
public sealed record Wishes
{
    public static Wishes None { get; } = new();

    /// <summary>When the run began: what is older counts as not there where it shall be made again.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>Nothing is reused. What is made is kept, as always.</summary>
    public bool NoCache { get; init; }

    /// <summary>The parent image is made again if the package repositories have changed since it was made.</summary>
    public bool Refresh { get; init; }

    /// <summary>Id of the step from which everything is done again; null: nothing for that reason.</summary>
    public string? FromStep { get; init; }

    public OnError OnError { get; init; }

    /// <summary>It is meant that everybody may have an image whose recipe says so.</summary>
    public bool AllowPublic { get; init; }

    /// <summary>Ids of the steps before which the build stops in a shell.</summary>
    public IReadOnlySet<string> Breaks { get; init; } = new HashSet<string>();

    /// <summary>The terminal of whoever started the run.</summary>
    public IDialogue Dialogue { get; init; } = new NoDialogue();

    private sealed class NoDialogue : IDialogue
    {
        public bool Possible => false;

        public string TerminalKind => "";

        public Task<IDisposable> BeginAsync(IReadOnlyList<string> lines, CancellationToken cancel) =>
            throw new InvalidOperationException("There is nobody to talk to.");
    }
}
