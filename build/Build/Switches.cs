namespace Build;

/// <summary>One switch of the command line: parsing, help and the table in README.md all come from here.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Value">What stands after <c>=</c>, e.g. <c>NAME</c>; null for a switch that is only on or off.</param>
/// <param name="Default">As people read it; empty when there is none.</param>
/// <param name="Variable">Environment variable that gives the value where the switch does not.</param>
public sealed record Switch(string Name, string? Value, string Help, string Default = "", string? Variable = null)
{
    /// <summary>May be given more than once.</summary>
    public bool Repeats { get; init; }

    /// <summary>Handled by the host (Cake.Frosting) and passed on to it.</summary>
    public bool OfHost { get; init; }

    /// <summary>Means one run only: who goes on where that ended leaves it out.</summary>
    public bool Once { get; init; }

    /// <summary>Names of the targets that read it; empty: any may.</summary>
    public IReadOnlyList<string> Of { get; init; } = [];

    /// <summary>Other spellings that the host accepts, without dashes.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public override string ToString() => Value is null ? $"--{Name}" : $"--{Name}={Value}";
}

/// <summary>Every switch there is.</summary>
public static class Switches
{
    public static readonly Switch Target = Host("target", "TARGET", "What to do; may be repeated. See the table of targets.",
        repeats: true, "t");
    public static readonly Switch Exclusive = Host(
        "exclusive", null, "Run the target without the targets it depends on: it reads their records.", aliases: "e");
    public static readonly Switch Tree = Host("tree", null, "Show which target depends on which, and run nothing.",
        aliases: "showtree");
    public static readonly Switch Description = Host("description", null, "List the targets with what they do, and run nothing.",
        aliases: ["descriptions", "showdescription", "showdescriptions"]);

    public static readonly Switch DryRun = Host("dryrun", null, "Say which targets would run, in order, and run nothing.",
        aliases: ["noop", "whatif"]);
    public static readonly Switch Verbosity = Host(
        "verbosity", "LEVEL", "quiet, minimal, normal, verbose or diagnostic (with stack traces).", aliases: "v")
        with
    { Default = "normal" };

    public static readonly Switch Working = Host("working", "FOLDER", "Root of the repository to work on.", aliases: "w") with
    {
        Default = "the one of build.sh",
    };
    public static readonly Switch NoReport = Host("no-report", null, "Leave out the table of targets and times at the end.");
    public static readonly Switch Version = Host("version", null, "Show the version of Cake.", aliases: "ver");
    public static readonly Switch Info = Host("info", null, "Show the version of Cake and where it comes from.");

    public static readonly Switch Recipe = new(
        "recipe", "NAME", "Recipe to build; a name or a pattern with * and ?; may be repeated.", "all recipes")
    {
        Repeats = true,
    };

    public static readonly Switch Component = new("component", "NAME", "Name of the component that New makes.");
    public static readonly Switch Engine = new("engine", "NAME", "Where to build: local, on this machine; aws, on machines of Amazon EC2.", "local");
    public static readonly Switch Mirror = new("mirror", "URL", "Package mirror to use instead of this machine's own.",
        "as apt is set up here",
        "IMAGEBUILDER_MIRROR");

    public static readonly Switch Artifacts = new("artifacts", "FOLDER", "Where records, logs and finished images go.",
        "artifacts");
    public static readonly Switch Cache = new("cache", "FOLDER", "Where layers and downloads are kept.",
        "imagebuilder in the user's cache folder",
        "IMAGEBUILDER_CACHE");

    public static readonly Switch CacheSize = new(
        "cache-size", "SIZE", "What the cache may hold after a build: what was used longest ago goes, and never what is in use.",
        "a quarter of its file system", "IMAGEBUILDER_CACHE_SIZE");

    public static readonly Switch OlderThan = new(
        "older-than", "AGE", "Clean removes only what was last used longer ago (30d, 12h), also what recipes need; "
        + "Sweep takes runs of other machines that began longer ago than this, or a day.")
    {
        Of = ["Clean", "Sweep"],
    };

    public static readonly Switch MaxSize = new(
        "max-size", "SIZE", "Clean removes from the cache what was used longest ago until it holds no more than this (10GiB).")
    {
        Of = ["Clean"],
    };

    public static readonly Switch WouldRemove = new("dry-run", null, "Clean, Sweep and Undo remove nothing, Share changes nothing; they say what they would.")
    {
        Of = ["Clean", "Sweep", "Undo", "Share"],
    };

    public static readonly Switch Seed = new("seed", "NUMBER", "Where Torture begins with what is random.", "another one each time")
    {
        Of = ["Torture"],
    };

    public static readonly Switch Verify = new("verify", null, "Cache reads every byte of every layer and removes those that are damaged.")
    {
        Of = ["Cache"],
    };

    public static readonly Switch Json = new("json", null, "Cache and Images say it as one line of JSON, the last one.")
    {
        Of = ["Cache", "Images"],
    };

    public static readonly Switch Output = new("output", "FORMAT", "Write this format only; may be repeated.",
        "the recipe's outputs")
    {
        Repeats = true,
    };
    public static readonly Switch NoInstall = new(
        "no-install", null, "Do not install missing packages on this machine; say what is missing instead.");
    public static readonly Switch Jobs = new(
        "jobs", "N", "Recipes at work at the same time; with 1, stage by stage.", "by processors and memory; --verbosity=verbose says how");
    public static readonly Switch Filter = new("filter", "TEXT", "Test and Torture run only the tests whose full name contains this.",
        "all tests");

    public static readonly Switch Document = new(
        "document", "PATH", "Component document: a file, for Validate also a folder or a pattern with *, ? and **; may be repeated.")
    {
        Repeats = true,
        Of = ["Validate", "Component"],
    };

    public static readonly Switch Platform = new(
        "platform", "NAME", "Platform of the documents that Validate reads, or of the disk of ImportImage: Linux, Windows or macOS.", "any that has all their actions")
    {
        Of = ["Validate", "ImportImage"],
    };

    public static readonly Switch Phases = new(
        "phases", "NAMES", "Phases that Component runs, with commas between.", "build,validate,test")
    {
        Of = ["Component"],
    };

    public static readonly Switch Parameters = new(
        "parameters", "A=1,B=2", "Values for the parameters of Component's document; may be repeated.", "the document's own")
    {
        Repeats = true,
        Of = ["Component"],
    };

    public static readonly Switch LogDirectory = new(
        "log-directory", "FOLDER", "Where Component makes its folder of logs, TOE_….", "logs of the component in artifacts")
    {
        Of = ["Component"],
    };

    public static readonly Switch Keep = new("keep", null, "Component keeps the root it ran in, and says how to look into it.")
    {
        Of = ["Component"],
    };

    public static readonly Switch Locked = new(
        "locked", null, "Build what recipe.lock.json says, and refuse on any difference: versions with x are those of the lock.")
    {
        Of = ["Image", "Export", "TestImage", "Disk", "Customize", "Base", "Plan", "Validate", "Reproduce"],
    };

    public static readonly Switch Quick = new("quick", null, "Bench measures each thing once, which takes minutes and says less.")
    {
        Of = ["Bench"],
    };

    public static readonly Switch Step = new(
        "step", "NAME", "Step that Why explains: component/phase/step, Base, Disk, TestImage or Export.", "the first that would run")
    {
        Of = ["Why"],
    };

    private static readonly string[] s_stages = ["Base", "Customize", "Disk", "TestImage", "Export", "Image"];
    private static readonly string[] s_steps = [.. s_stages.Skip(1)];

    public static readonly Switch FromStep = new(
        "from-step", "STEP", "Do this step (component/phase/step, or less where that is enough) and everything after it again.")
    {
        Once = true,
        Of = s_steps,
    };

    public static readonly Switch NoCache = new("no-cache", null, "Reuse nothing: make everything again, and keep that.")
    {
        Once = true,
        Of = s_stages,
    };

    public static readonly Switch Refresh = new(
        "refresh", null, "Ask the package mirrors, and make the parent image again if they have changed since it was made.")
    {
        Once = true,
        Of = s_stages,
    };

    public static readonly Switch OnError = new(
        "on-error", "WHAT", "What happens to the root of a step that failed: clean (thrown away), keep (and say how to look into it) or shell.", "clean")
    {
        Of = s_steps,
    };

    public static readonly Switch Break = new(
        "break", "STEP", "Stop in a shell before this step runs; `exit` goes on. May be repeated.")
    {
        Repeats = true,
        Of = s_steps,
    };

    public static readonly Switch Before = new("before", "STEP", "Shell shows the root as it was before this step.") { Of = ["Shell"] };
    public static readonly Switch After = new("after", "STEP", "Shell shows the root as it was after this step.", "the last build step")
    {
        Of = ["Shell"],
    };

    public static readonly Switch Help = new("help", null, "The same as --target=Help.") { Aliases = ["h", "?"] };

    /// <summary>In the order in which help shows them.</summary>
    public static IReadOnlyList<Switch> All { get; } =
    [
        Target, Recipe, Jobs, Engine, Output, Artifacts, Cache, CacheSize, Mirror, NoInstall, Exclusive, Locked, Component, Document, Platform, Phases,
        Parameters, LogDirectory, Keep, FromStep, NoCache, Refresh, OnError, Break, Before, After, Step, Filter, Quick,
        OlderThan, MaxSize, WouldRemove, Verify, Json, Seed, .. CloudSwitches.All,
        Tree, Description, DryRun, Verbosity, Working, NoReport, Version, Info, Help,
    ];

    /// <summary>Variables of the environment that change what is done, besides those that stand for a switch.</summary>
    public static IReadOnlyList<(string Name, string Help)> Variables { get; } =
    [
        ("SOURCE_DATE_EPOCH", "Unix seconds; no time in the image is later. Default: the date of the package repository."),
        ("NO_COLOR", "When set: no colours and no live line."),
        ("CI", "When set: plain lines, as for a log file."),
    ];

    private static Switch Host(string name, string? value, string help, bool repeats = false, params string[] aliases) =>
        new(name, value, help) { OfHost = true, Repeats = repeats, Aliases = aliases };
}
