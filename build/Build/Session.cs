using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Journals;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build;

/// <summary>One run of the program: what was asked for, where it is shown, and how it ended so far.</summary>
public sealed class Session(Options options, Ports ports, ConsoleReport console, CancellationToken cancel)
{
    private readonly Lock _lock = new();
    private readonly List<string> _closing = [];
    private readonly HashSet<Exception> _told = [];
    private RecipeWalk? _walk;
    private Task? _ensured;
    private Task<IReadOnlyList<ToolVersion>>? _tools;

    public Options Options => options;

    public Ports Ports => ports;

    public ConsoleReport Console => console;

    public CancellationToken Cancel => cancel;

    /// <summary>The cloud and what this run makes there.</summary>
    public CloudRun Clouds { get; } = new(ports.Cloud, JournalsOf(options), ports.Clock);

    /// <summary>The region that the command line names, or else the caller's.</summary>
    public ICloudRegion CloudRegion =>
        Clouds.Cloud.At(new CloudPlace((options.Cloud.Regions is [.., var given] ? given : Clouds.Cloud.HomeRegion) ?? "us-east-1"));

    /// <summary>Folder of what runs have made there.</summary>
    public string Journals => JournalsOf(options);

    public RecipeBuilds Builds => field ??= new(options, ports, console, Clouds);

    public StageTimes Times { get; } = new(ports.Clock);

    public Forecasts Forecasts { get; } = new(options, ports.Clock);

    /// <summary>Names of the targets of this run, in order; known when the first of them starts.</summary>
    public IReadOnlyList<string> Running { get; set; } = [];

    /// <summary>The worst end that a part of this run came to.</summary>
    public ExitCode Exit { get; private set; }

    /// <summary>Exit code of what was run for the user, which then is the program's; null: nothing was.</summary>
    public int? Answer { get; set; }

    /// <summary>Nothing but the output of what was run for the user goes to standard output.</summary>
    public bool Quiet { get; set; }

    /// <summary>Lines that stand below everything else.</summary>
    public IReadOnlyList<string> Closing => _closing;

    /// <summary>What is said to somebody who stops the run, where the same command would not go on with it.</summary>
    public string? WhenStopped { get; set; }

    /// <summary>The very last line of the output, for scripts that read it.</summary>
    public string? LastLine { get; set; }

    public void Close(params IEnumerable<string> lines) => _closing.AddRange(lines);

    /// <summary>The walk that this stage is part of: through all stages of this run that follow on each other without another target.</summary>
    public RecipeWalk WalkThrough(Stage stage)
    {
        if (_walk?.Stages.Contains(stage.Name) != true)
            _walk = new RecipeWalk(this,
                [.. Running.SkipWhile(name => name != stage.Name).TakeWhile(name => Targets.Stages.Any(s => s.Name == name))]);
        return _walk;
    }

    /// <summary>
    /// Before the first stage that changes something: this machine must have what the targets of this run need.
    /// </summary>
    public Task EnsureToolsAsync(IReport report)
    {
        // Once for all recipes: they share the packages and, when one is lacking, the problem.
        lock (_lock)
            return _ensured ??= ports.EnsureTools(new HostNeeds(Needs, Builds.Distributions), report, !options.NoInstall, cancel);
    }

    /// <summary>The programs of this machine whose work is in images.</summary>
    public Task<IReadOnlyList<ToolVersion>> ShapingToolsAsync()
    {
        lock (_lock) return _tools ??= ToolVersions.ListShapingAsync(ports.Programs, cancel);
    }

    private IReadOnlyCollection<string> Needs =>
        [.. Running.Union(_walk?.AllStages ?? []), .. options.OnError == OnError.Shell || options.Breaks.Count > 0 ? ["Shell"] : (string[])[]];

    private static string JournalsOf(Options options) => Path.Combine(options.Cache, "journal");

    public void End(ExitCode exit)
    {
        lock (_lock)
            if (exit > Exit) Exit = exit;
    }

    /// <summary>Shows why the run, or the build of one recipe, ended and remembers its exit code.</summary>
    public void Fail(Exception cause, RecipeBuild? build = null)
    {
        End(Failure.ExitOf(cause));
        var problems = Failure.ProblemsOf(cause, options.Diagnostic, options.Artifacts, options.Cache);
        build?.Keep(Failure.ExitOf(cause), problems);
        foreach (var problem in problems) build?.Events.Write(new ProblemFound(problem));
        lock (_lock)
            if (!_told.Add(cause)) return; // it ends several recipes
        foreach (var problem in problems)
        {
            var again = build?.FailedIn is { } stage && problem == problems[^1]
                ? $"again: {options.Command(stage, build.Plan.Recipe)}" : null;
            console.Problem(problem, again is null ? [] : [again]);
        }
    }
}
