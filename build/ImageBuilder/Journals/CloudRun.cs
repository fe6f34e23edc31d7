using ImageBuilder.Clouds;

namespace ImageBuilder.Journals;

/// <summary>The cloud of a run of the program, and what the run makes there. Neither is touched before it is needed.</summary>
public sealed class CloudRun : IDisposable
{
    private readonly Lazy<ICloud> _cloud;
    private readonly Lazy<JournalFile> _file;

    /// <param name="folder">Of all journals.</param>
    public CloudRun(Func<ICloud> cloud, string folder, TimeProvider clock)
    {
        _cloud = new(cloud);
        _file = new(() => new JournalFile(folder, CloudTags.NewRun(clock.GetUtcNow())));
    }

    /// <summary>For runs that are about no cloud.</summary>
    public static CloudRun None { get; } = new(() => throw new InvalidOperationException("This run has no cloud."), Path.GetTempPath(), TimeProvider.System);

    public ICloud Cloud => _cloud.Value;

    /// <summary>What this run makes there for one image.</summary>
    public CloudJournal JournalOf(string recipe, string version) => new(_file.Value, Cloud, recipe, version);

    /// <summary>What this run has made there and neither kept nor removed.</summary>
    public IReadOnlyList<JournalEntry> Open => _file.IsValueCreated ? _file.Value.Open : [];

    public void Dispose()
    {
        if (_file.IsValueCreated) _file.Value.Dispose();
        if (_cloud.IsValueCreated) _cloud.Value.Dispose();
    }
}
