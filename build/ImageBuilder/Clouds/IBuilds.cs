namespace ImageBuilder.Clouds;

/// <summary>Builds on machines that the cloud starts for them (CodeBuild).</summary>
public interface IBuilds
{
    /// <returns>Id of the build.</returns>
    Task<string> StartAsync(NewBuild build, CancellationToken cancel);

    /// <summary>Null where there is none of that id, or none is to be seen yet.</summary>
    Task<CloudBuild?> GetAsync(string id, CancellationToken cancel);

    /// <summary>Ends a build. One that has ended already is well.</summary>
    Task StopAsync(string id, CancellationToken cancel);
}

/// <param name="Variables">Of the environment; they replace the project's own.</param>
/// <param name="Version">Branch, tag or commit; null: the project's.</param>
public sealed record NewBuild(string Project, IReadOnlyDictionary<string, string> Variables, string? Version);

/// <param name="Status"><c>IN_PROGRESS</c>, <c>SUCCEEDED</c>, <c>FAILED</c>, <c>FAULT</c>, <c>TIMED_OUT</c> or <c>STOPPED</c>.</param>
/// <param name="Phase">As in <c>PRE_BUILD</c>.</param>
/// <param name="Reason">Why phases failed; empty: none has.</param>
public sealed record CloudBuild(string Id, string Status, string Phase, string Reason)
{
    public string? LogGroup { get; init; }

    public string? LogStream { get; init; }

    public bool Ended => Status != "IN_PROGRESS";

    public bool Succeeded => Status == "SUCCEEDED";
}
