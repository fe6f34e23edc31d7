using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.Contracts;

/// <summary>Where builds happen and with what: the same for every stage of a run.</summary>
/// <param name="Repository">Root of the repository: <see cref="StepFile.Source"/> is relative to it.</param>
/// <param name="Cache">Folder of layers and downloads (<c>IMAGEBUILDER_CACHE</c>).</param>
/// <param name="Mirror">Package mirror that replaces the host's own, or null (<c>--mirror</c>,
/// <c>IMAGEBUILDER_MIRROR</c>).</param>
public sealed record EngineSettings(string Repository, string Cache, string? Mirror);

/// <summary>Where an engine works when it is not about one image.</summary>
public sealed record EngineHost(EngineSettings Settings, IProgramRunner Programs, TimeProvider Clock);

/// <summary>One build of one image: what stages of an engine get.</summary>
/// <param name="Folder"><c>artifacts/&lt;recipe&gt;/&lt;version&gt;/</c>, absolute; exists.</param>
public sealed record BuildRun(Plan Plan, string Folder, EngineSettings Settings, IProgramRunner Programs, TimeProvider Clock,
    IReport Report)
{
    /// <summary>What a person wants of this run besides the image.</summary>
    public Wishes Wishes { get; init; } = Wishes.None;

    public CloudRun Clouds { get; init; } = CloudRun.None;

    /// <summary>Where it is built or published to.</summary>
    public ICloud Cloud => Clouds.Cloud;

    /// <summary>By it everything is made there.</summary>
    public CloudJournal Journal => Clouds.JournalOf(Plan.Recipe, Plan.Version);
}

/// <summary>How a component is tried.</summary>
/// <param name="Logs">Absolute path of the folder that gets the trial's folder of logs.</param>
/// <param name="Keep">True: the root stays, to be looked into.</param>
public sealed record TrialSettings(string Logs, bool Keep);

/// <summary>Which root a shell is opened in, and for whom.</summary>
/// <param name="Layer">Key of its top layer; null: the finished image's.</param>
/// <param name="What">Which root that is, to follow "the root of a recipe": e.g. <c>before x/build/y</c>.</param>
/// <param name="Step">Its script and files are put at hand; null: none.</param>
public sealed record ShellRequest(string? Layer, string What, PlannedStep? Step)
{
    /// <summary>What runs instead of a shell at the terminal.</summary>
    public string? Commands { get; init; }

    /// <summary>Gets the output of commands, byte by byte.</summary>
    public Stream Output { get; init; } = Stream.Null;

    /// <summary>Gets each line of their standard error.</summary>
    public Action<string> Error { get; init; } = _ => { };
}

/// <summary>Builds images. Implementations are found by reflection (<see cref="Catalog{T}"/>) and named by nobody.</summary>
public interface IImageEngine
{
    /// <summary>As in <c>--engine=</c>.</summary>
    string Name { get; }

    /// <summary>False: images are made elsewhere, and this machine needs no programs for that.</summary>
    bool NeedsThisMachine { get; }

    /// <summary>
    /// Id of the layer with this key, another one each time it is made; null when there is none that can be used. A few milliseconds, decides
    /// whether a stage has anything to do.
    /// </summary>
    string? LayerOf(BuildRun run, string key);

    /// <summary>
    /// What of a plan there is already, in the order in which it is made: the parent image, the layers of build steps, successes of validate steps,
    /// the seal. Milliseconds; changes nothing.
    /// </summary>
    Task<IReadOnlyList<PartFound>> FindPartsAsync(BuildRun run, CancellationToken cancel);

    /// <summary>What of this machine decides the bytes of a disk besides plan and layer: versions of tools, as text. A few milliseconds.</summary>
    string DiskTools(BuildRun run);

    /// <summary>Removes things from the cache; builds may be going on.</summary>
    Task<CacheCleaned> CleanAsync(EngineHost host, CacheCleaning what, CancellationToken cancel);

    /// <summary>Tells what is in the cache.</summary>
    Task<CacheContents> LookAsync(EngineHost host, CancellationToken cancel);

    /// <summary>Reads every byte of the cache's layers and removes those that are not what was stored.</summary>
    Task<CacheVerified> VerifyAsync(EngineHost host, CancellationToken cancel);

    /// <summary>Makes the parent image available.</summary>
    Task<Based> BaseAsync(BuildRun run, CancellationToken cancel);

    /// <summary>Runs the build steps, validates them, and seals the result.</summary>
    Task<Customized> CustomizeAsync(BuildRun run, Based parent, CancellationToken cancel);

    /// <summary>Makes the raw disk in the run's folder.</summary>
    Task<DiskMade> DiskAsync(BuildRun run, Customized customized, CancellationToken cancel);

    /// <summary>
    /// Boots a copy of the disk with each firmware and runs the tests inside. A failed test is a result, not an exception.
    /// </summary>
    Task<Tested> TestAsync(BuildRun run, DiskMade disk, CancellationToken cancel);

    /// <summary>
    /// Opens a shell in the root that a plan's build has left in the cache, or runs commands there. Makes nothing; what is changed is thrown away.
    /// </summary>
    /// <returns>The exit code of the shell, or of the commands.</returns>
    Task<int> ShellAsync(BuildRun run, ShellRequest request, CancellationToken cancel);

    /// <summary>
    /// Runs the phases of the plan's component on its parent image: building in a root that is thrown away, validating and testing in what that
    /// boots to. A failing step is a result, not an exception.
    /// </summary>
    Task<ComponentTried> TryAsync(BuildRun run, TrialSettings settings, CancellationToken cancel);
}
