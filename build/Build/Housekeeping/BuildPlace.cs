using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace Build.Housekeeping;

/// <summary>A place where one of two builds happens, with conditions of its own: nothing of them may be seen in the image.</summary>
/// <param name="Root">Folder that has everything of the build below it.</param>
/// <param name="Within">What starts the program there, e.g. as another user.</param>
internal sealed record BuildPlace(string Root, IReadOnlyList<string> Within, BuildConditions Conditions, IReadOnlyDictionary<string, string> Environment)
{
    // Starts the program in its folder, under its umask.
    private const string Start = """umask "$1"; cd "$2"; shift 2; exec "$@" """;

    /// <summary>Folder of the repository's copy, where it is another one.</summary>
    public required string Repository { get; init; }

    /// <summary>Folder of the program's files.</summary>
    public required string Program { get; init; }

    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>The command that runs a target for a recipe there.</summary>
    public Command Command(string target, string recipe, bool exclusive, IEnumerable<string> more) => new("bash",
    [
        "-c", Start, "bash", Conditions.Umask, Root, .. Within, "dotnet", Path.Combine(Program, "ImageBuilderBuild.dll"), $"--target={target}",
        $"--recipe={recipe}", $"--working={Repository}", $"--artifacts={Artifacts}", $"--cache={Path.Combine(Root, "cache")}", "--no-install", "--no-report",
        .. exclusive ? ["--exclusive"] : (string[])[], .. more,
    ])
    {
        Environment = Environment,
    };
}

/// <summary>Prepares the two places: as different as this machine allows.</summary>
internal sealed class BuildPlaces(Session session)
{
    private readonly IProgramRunner _programs = session.Ports.Programs;
    private OtherUser? _user;

    public BuildPlace First(string root) => new(root, [],
        new BuildConditions(root, Environment.UserName, "022", "C.UTF-8", "UTC", $"all of {Environment.ProcessorCount}", session.Ports.Clock.GetUtcNow()),
        Variables(new Dictionary<string, string>()))
    {
        Repository = session.Options.Repository,
        Program = AppContext.BaseDirectory,
    };

    /// <summary>Another folder, umask, locale, time zone and home; one processor; and another user where we are root and there is one who can build.</summary>
    public async Task<BuildPlace> SecondAsync(string root, CancellationToken cancel)
    {
        var (repository, program, home) = (Path.Combine(root, "checkout"), Path.Combine(root, "program"), Path.Combine(root, "home"));
        const string copy = """umask 022; mkdir -p "$1" "$3" "$5"; cp -r "$2"/recipes "$2"/components "$1"; cp -r "$4"/. "$3" """;
        await RunAsync(["bash", "-euc", copy, "bash", repository, session.Options.Repository, program, AppContext.BaseDirectory, home], cancel);
        _user = await OtherUser.FindAsync(_programs, Path.Combine(root, "user"), cancel);
        await GiveAsync(root, cancel);
        List<string> within = [.. _user?.Within ?? []];
        var one = _programs.Find("taskset") is null ? null : OneProcessor();
        if (one is not null) within.AddRange(["taskset", "--cpu-list", one]);
        var conditions = new BuildConditions(root, _user?.Name ?? Environment.UserName, "077", "tr_TR.UTF-8", "Pacific/Kiritimati",
            one is null ? $"all of {Environment.ProcessorCount}" : "one", session.Ports.Clock.GetUtcNow());
        return new BuildPlace(root, within, conditions, Variables(new Dictionary<string, string>
        {
            ["HOME"] = home,
            ["USER"] = conditions.User,
            ["LOGNAME"] = conditions.User,
            ["LC_ALL"] = conditions.Locale,
            ["LANG"] = conditions.Locale,
            ["TZ"] = conditions.TimeZone,
        }))
        {
            Repository = repository,
            Program = program,
        };
    }

    /// <summary>Hands a file from the first place to whoever builds in the second.</summary>
    public async Task HandOverAsync(string file, string target, CancellationToken cancel)
    {
        File.Copy(file, target, overwrite: true);
        await GiveAsync(target, cancel);
    }

    // The user may be one that only programs started as that user know by name.
    private async Task GiveAsync(string path, CancellationToken cancel)
    {
        if (_user is not null) await RunAsync(_user.Owning(path), cancel);
    }

    // What decides what is built has to be the same in both.
    private Dictionary<string, string> Variables(IReadOnlyDictionary<string, string> more)
    {
        var variables = new Dictionary<string, string>(more) { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" };
        foreach (var name in (string[])["SOURCE_DATE_EPOCH", "DOTNET_ROOT"])
            if (session.Ports.Environment(name) is { Length: > 0 } value) variables[name] = value;
        return variables;
    }

    // The last one that this process may use.
    private static string? OneProcessor() => File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal))
        ?.Split(':')[1].Trim().Split(',', '-')[^1];

    private async Task RunAsync(string[] words, CancellationToken cancel) =>
        (await _programs.RunAsync(new Command(words[0], [.. words.Skip(1)]), cancel)).OrThrow("The place for the second build could not be made.");
}
