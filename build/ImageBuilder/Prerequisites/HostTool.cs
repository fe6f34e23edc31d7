namespace ImageBuilder.Prerequisites;

/// <summary>A program or file of the building machine that stages need; all of them are in <see cref="HostTools"/>.</summary>
/// <param name="Name">Program on the search path, or an absolute path.</param>
/// <param name="Package">The Debian and Ubuntu package that brings it.</param>
/// <param name="Stages">Names of the stages that use it.</param>
/// <param name="Why">What it is used for, to follow "needed to …".</param>
public sealed record HostTool(string Name, string Package, string[] Stages, string Why)
{
    /// <summary>Other paths under which distributions keep the same file; any of them will do.</summary>
    public string[] OrAt { get; init; } = [];

    /// <summary>Names of the stages in which only ordinary users need it; root can do without.</summary>
    public string[] UserStages { get; init; } = [];

    /// <summary>Its work is in the image: another version may make other bytes.</summary>
    public bool ShapesImage { get; init; }

    /// <summary>Needed only for images of this distribution (<c>debian</c>, <c>ubuntu</c>); null: for every image.</summary>
    public string? Distribution { get; init; }
}

/// <summary>What a run is about to do: decides which tools it needs.</summary>
/// <param name="Stages">Names of the stages that will run.</param>
/// <param name="Distributions">Distributions of the parent images.</param>
public sealed record HostNeeds(IReadOnlyCollection<string> Stages, IReadOnlyCollection<string> Distributions)
{
    /// <summary>True where a run like this on this machine uses the tool.</summary>
    public bool Cover(HostTool tool, bool root) => (tool.Stages.Any(Stages.Contains) || (!root && tool.UserStages.Any(Stages.Contains)))
        && (tool.Distribution is null || Distributions.Contains(tool.Distribution));
}
