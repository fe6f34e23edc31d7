using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace Build;

/// <summary>What the command line and the environment ask for, checked.</summary>
public sealed record Options
{
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Names and patterns; empty: every recipe.</summary>
    public IReadOnlyList<string> Recipes { get; init; } = [];

    public string? Component { get; init; }

    /// <summary>Component documents: absolute paths, of files, folders or patterns.</summary>
    public IReadOnlyList<string> Documents { get; init; } = [];

    /// <summary>What the documents are for; null: any platform.</summary>
    public string? Platform { get; init; }

    /// <summary>Phases to run; empty: all that images run.</summary>
    public IReadOnlyList<string> Phases { get; init; } = [];

    /// <summary>Values for parameters, in the order of the command line.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    /// <summary>Absolute path; null: among the artifacts.</summary>
    public string? LogDirectory { get; init; }

    public bool Keep { get; init; }

    /// <summary>The step from which everything is done again, as it was given.</summary>
    public string? FromStep { get; init; }

    public bool NoCache { get; init; }

    public bool Refresh { get; init; }

    public OnError OnError { get; init; }

    /// <summary>Steps to stop before, as they were given.</summary>
    public IReadOnlyList<string> Breaks { get; init; } = [];

    /// <summary>What targets that are about a cloud are told.</summary>
    public CloudOptions Cloud { get; init; } = new();

    /// <summary>The step that Shell shows the root before, as it was given.</summary>
    public string? Before { get; init; }

    public string? After { get; init; }

    public string Engine { get; init; } = "local";

    /// <summary>Names of formats that replace the recipe's outputs; empty: the recipe's.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    public string? Mirror { get; init; }

    /// <summary>Absolute path of the repository's root.</summary>
    public required string Repository { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Artifacts { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Cache { get; init; }

    /// <summary>Bytes that the cache may hold after a build; null: a share of its file system.</summary>
    public long? CacheSize { get; init; }

    /// <summary>Clean removes only what was not used for this long.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Bytes that Clean leaves in the cache.</summary>
    public long? MaxSize { get; init; }

    /// <summary>Clean removes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Cache reads everything.</summary>
    public bool Verify { get; init; }

    public bool Json { get; init; }

    /// <summary>Of what is random in Torture; null: any.</summary>
    public int? Seed { get; init; }

    public bool NoInstall { get; init; }

    /// <summary>Only what the recipes' locks say is built.</summary>
    public bool Locked { get; init; }

    public string? Filter { get; init; }

    public bool Quick { get; init; }

    /// <summary>The step that Why is asked about; null: the first that would run.</summary>
    public string? Step { get; init; }

    public bool Exclusive { get; init; }

    /// <summary>Only something about the targets is shown (<c>--tree</c>, <c>--description</c>, <c>--dryrun</c>, …).</summary>
    public bool ShowsOnly { get; init; }

    public bool Diagnostic { get; init; }

    /// <summary>More is to be said than usual.</summary>
    public bool Verbose { get; init; }

    /// <summary>Recipes at work at the same time; null: as many as suit the machine.</summary>
    public int? Jobs { get; init; }

    /// <summary>Unix seconds of SOURCE_DATE_EPOCH, when it is set.</summary>
    public long? SourceDateEpoch { get; init; }

    public required CommandLine Line { get; init; }

    /// <summary>The command that runs a target for one recipe with the same settings as this run.</summary>
    public string Command(string target, string recipe) =>
        string.Join(' ', Line.Repeat().Prepend($"--recipe={ShellText.Quote(recipe)}").Prepend($"./build.sh --target={target}"));

    /// <summary>A path as it is shown: relative where it is inside the repository.</summary>
    public string Show(string path)
    {
        var relative = Path.GetRelativePath(Repository, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>A document's path as it is shown: relative to the repository, or to where the program was called, where it is inside.</summary>
    public string ShowDocument(string path)
    {
        if (Show(path) is var shown && shown != path) return shown;
        var relative = Path.GetRelativePath(Line.Caller, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>The command of this run.</summary>
    public string Command() => string.Join(' ',
        Line.All(Switches.Recipe).Select(r => $"--recipe={ShellText.Quote(r)}").Concat(Line.Repeat())
            .Prepend($"./build.sh {string.Join(' ', Targets.Select(t => $"--target={t}"))}"));

    /// <summary>Reads the command line; every mistake in it is in <paramref name="problems"/>.</summary>
    public static Options Parse(CommandLine line, IReadOnlyCollection<string> targets, ProblemBag problems)
    {
        foreach (var target in line.All(Switches.Target))
            if (!targets.Contains(target, StringComparer.OrdinalIgnoreCase))
                problems.Add(new Problem("IB7003", $"There is no target `{target}`.",
                    "Targets are the names that `./build.sh --description` lists.",
                    Suggestion.Fix(target, targets)));

        CheckUse(line, problems);
        var repository = line.Folder(Switches.Working) ?? Directory.GetCurrentDirectory();
        if (!Directory.Exists(repository))
            problems.Add(new Problem("IB7009", $"There is no folder `{repository}`.",
                "--working= names the root of a repository with recipes and components.",
                "Choose a folder that exists."));
        var verbosity = line.Last(Switches.Verbosity);
        return new Options
        {
            Targets = line.All(Switches.Target),
            Recipes = line.All(Switches.Recipe),
            Component = line.Last(Switches.Component),
            Documents = line.Paths(Switches.Document),
            Platform = PlatformOf(line, problems),
            Phases = line.Last(Switches.Phases)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            Parameters = ParameterList.Parse(line.All(Switches.Parameters), problems),
            LogDirectory = line.Folder(Switches.LogDirectory),
            Keep = line.Has(Switches.Keep),
            FromStep = line.Last(Switches.FromStep),
            NoCache = line.Has(Switches.NoCache),
            Refresh = line.Has(Switches.Refresh),
            OnError = OnErrorOf(line, problems),
            Breaks = line.All(Switches.Break),
            Before = line.Last(Switches.Before),
            After = line.Last(Switches.After),
            Engine = line.Last(Switches.Engine) ?? "local",
            Outputs = line.All(Switches.Output),
            Mirror = line.Last(Switches.Mirror),
            Repository = repository,
            Artifacts = line.Folder(Switches.Artifacts) ?? Path.Combine(repository, "artifacts"),
            Cache = line.Folder(Switches.Cache) ?? DefaultCache(line.Environment),
            CacheSize = Quantity.Size(line, Switches.CacheSize, problems),
            OlderThan = Quantity.Age(line, Switches.OlderThan, problems),
            MaxSize = Quantity.Size(line, Switches.MaxSize, problems),
            DryRun = line.Has(Switches.WouldRemove),
            Cloud = CloudOptions.Parse(line),
            Verify = line.Has(Switches.Verify),
            Json = line.Has(Switches.Json),
            Seed = Quantity.Number(line, Switches.Seed, problems),
            NoInstall = line.Has(Switches.NoInstall),
            Locked = line.Has(Switches.Locked),
            Filter = line.Last(Switches.Filter),
            Quick = line.Has(Switches.Quick),
            Step = line.Last(Switches.Step),
            Exclusive = line.Has(Switches.Exclusive),
            ShowsOnly = line.Has(Switches.Help) || line.Has(Switches.Tree) || line.Has(Switches.Description)
            || line.Has(Switches.DryRun)
                || line.Has(Switches.Version) || line.Has(Switches.Info),
            Diagnostic = Is(verbosity, "diagnostic"),
            Verbose = Is(verbosity, "verbose") || Is(verbosity, "diagnostic"),
            Jobs = JobsOf(line, problems),
            SourceDateEpoch = Epoch(line.Environment("SOURCE_DATE_EPOCH"), problems),
            Line = line,
        };
    }

    // A switch that no target of this run reads would silently do nothing.
    private static void CheckUse(CommandLine line, ProblemBag problems)
    {
        var targets = line.All(Switches.Target);
        foreach (var unused in Switches.All.Where(s => s.Of.Count > 0 && line.Has(s) && targets.Count > 0
            && !s.Of.Intersect(targets, StringComparer.OrdinalIgnoreCase).Any()))
            problems.Add(new Problem("IB7014", $"`--{unused.Name}` means nothing to the target {string.Join(", ", targets)}.", unused.Help,
                $"Leave it out, or write `--target={unused.Of[0]}`."));
    }

    // Levels may be shortened, as Cake reads them.
    private static bool Is(string? verbosity, string level) => verbosity is not null && level.StartsWith(verbosity, StringComparison.OrdinalIgnoreCase);

    private static int? JobsOf(CommandLine line, ProblemBag problems)
    {
        if (line.Last(Switches.Jobs) is not { } given) return null;
        if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var jobs) && jobs > 0) return jobs;
        problems.Add(new Problem("IB7040", $"`{given}` is not a number of recipes.", Switches.Jobs.Help, "Write a number from 1, e.g. `--jobs=2`, or leave it out."));
        return null;
    }

    private static string? PlatformOf(CommandLine line, ProblemBag problems)
    {
        string[] known = ["Linux", "Windows", "macOS"];
        if (line.Last(Switches.Platform) is not { } given) return null;
        var platform = known.FirstOrDefault(p => p.Equals(given, StringComparison.OrdinalIgnoreCase));
        if (platform is null)
            problems.Add(new Problem("IB7015", $"`{given}` is not a platform.", $"Platforms are {string.Join(", ", known)}.", Suggestion.Fix(given, known)));
        return platform;
    }

    private static OnError OnErrorOf(CommandLine line, ProblemBag problems)
    {
        if (line.Last(Switches.OnError) is not { } given) return OnError.Clean;
        foreach (var value in Enum.GetValues<OnError>())
            if (value.ToString().Equals(given, StringComparison.OrdinalIgnoreCase)) return value;
        string[] known = [.. Enum.GetNames<OnError>().Select(n => n.ToLowerInvariant())];
        problems.Add(new Problem("IB7037", $"`--on-error=` cannot be `{given}`.", Switches.OnError.Help, Suggestion.Fix(given, known)));
        return OnError.Clean;
    }

    // As the XDG base directory specification says.
    private static string DefaultCache(Func<string, string?> environment) =>
        Path.Combine(environment("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(environment("HOME") is { Length: > 0 } home ? home : Path.GetTempPath(), ".cache"), "imagebuilder");

    private static long? Epoch(string? text, ProblemBag problems)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return seconds;
        problems.Add(new Problem("IB7006", $"SOURCE_DATE_EPOCH is `{text}`.",
            "It must be a number of seconds since 1970-01-01 00:00 UTC.",
            "Set it to a number, e.g. `export SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)`, or unset it."));
        return null;
    }
}
