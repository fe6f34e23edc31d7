using ImageBuilder.Clouds;

namespace Build;

/// <summary>Values of the switches of those targets that are about a cloud.</summary>
public sealed record CloudOptions
{
    /// <summary>Regions; empty: all.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>ARNs of roles that are taken on.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Names of CI systems, as they were given; empty: not given.</summary>
    public IReadOnlyList<string> Systems { get; init; } = [];

    /// <summary>Of CodeBuild.</summary>
    public string? Project { get; init; }

    /// <summary>Branch, tag or commit.</summary>
    public string? SourceVersion { get; init; }

    /// <summary>Id of a build of CodeBuild.</summary>
    public string? Build { get; init; }

    public bool Stop { get; init; }

    /// <summary>Everybody may have an image whose recipe wants that.</summary>
    public bool AllowPublic { get; init; }

    /// <summary>Absolute path of a machine's disk.</summary>
    public string? File { get; init; }

    /// <summary>Id of a machine image.</summary>
    public string? Image { get; init; }

    /// <summary>Id of an instance.</summary>
    public string? Instance { get; init; }

    /// <summary>That run in an instance.</summary>
    public string? Commands { get; init; }

    public string? Bucket { get; init; }

    public string? Architecture { get; init; }

    public string? BootMode { get; init; }

    public string? License { get; init; }

    /// <summary>ARNs of what is shared.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>Whom it is shared with, by the names that people have for them.</summary>
    public IReadOnlyList<string> With { get; init; } = [];

    /// <summary>Name of a share.</summary>
    public string Share { get; init; } = CloudSwitches.Share.Default;

    public bool AllowOutside { get; init; }

    public bool Unshare { get; init; }

    /// <summary>A place is a region as the caller, and as each role that is named.</summary>
    public IReadOnlyList<CloudPlace> PlacesIn(IEnumerable<string> regions) =>
        [.. regions.SelectMany(region => Roles.Select(role => new CloudPlace(region, role)).Prepend(new CloudPlace(region)))];

    public static CloudOptions Parse(CommandLine line) => new()
    {
        AllowPublic = line.Has(CloudSwitches.AllowPublic),
        Regions = line.All(CloudSwitches.Region),
        Roles = line.All(CloudSwitches.Role),
        Systems = [.. line.All(CloudSwitches.Ci).SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()],
        Project = line.Last(CloudSwitches.Project),
        SourceVersion = line.Last(CloudSwitches.SourceVersion),
        Build = line.Last(CloudSwitches.Build),
        Stop = line.Has(CloudSwitches.Stop),
        File = line.Folder(CloudSwitches.File),
        Image = line.Last(CloudSwitches.Image),
        Instance = line.Last(CloudSwitches.Instance),
        Commands = line.Last(CloudSwitches.Commands),
        Bucket = line.Last(CloudSwitches.Bucket),
        Architecture = line.Last(CloudSwitches.Architecture),
        BootMode = line.Last(CloudSwitches.BootMode),
        License = line.Last(CloudSwitches.License),
        Resources = line.All(CloudSwitches.Resource),
        With = line.All(CloudSwitches.With),
        Share = line.Last(CloudSwitches.Share) ?? CloudSwitches.Share.Default,
        AllowOutside = line.Has(CloudSwitches.AllowOutside),
        Unshare = line.Has(CloudSwitches.Unshare),
    };
}
