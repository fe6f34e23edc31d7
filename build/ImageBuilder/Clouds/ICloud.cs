
namespace ImageBuilder.Clouds;

/// <summary>Where in a cloud something is done.</summary>
/// <param name="Region">As in <c>eu-west-1</c>.</param>
/// <param name="Role">Role of another account that is taken on for it (its ARN); null: the caller is who acts.</param>
public sealed record CloudPlace(string Region, string? Role = null)
{
    public override string ToString() => Role is null ? Region : $"{Region} as {Role}";
}

/// <summary>
/// A cloud that images are built in and published to. Found by reflection. What goes wrong is a <see cref="Problems.ProblemException"/>: calls are
/// repeated while that may help, so whatever arrives is final.
/// </summary>
public interface ICloud : IDisposable
{
    /// <summary>As in <c>--engine=</c>.</summary>
    string Name { get; }

    /// <summary>The region that the caller has chosen; null: none.</summary>
    string? HomeRegion { get; }

    /// <summary>Another server stands for it, which need not keep all that it is told.</summary>
    bool IsEmulated { get; }

    /// <summary>The same object for the same place. Asks nothing.</summary>
    ICloudRegion At(CloudPlace place);
}

/// <summary>Everything that can be done at one place of a cloud.</summary>
public interface ICloudRegion
{
    CloudPlace Place { get; }

    IIdentity Identity { get; }

    ITags Tags { get; }

    IImages Images { get; }

    IImageTransfers Transfers { get; }

    IBlockSnapshots Snapshots { get; }

    ICompute Compute { get; }

    ICommands Commands { get; }

    IParameterStore Parameters { get; }

    IObjectStore Objects { get; }

    ILaunchTemplates Templates { get; }

    IKeys Keys { get; }

    INotifier Notifier { get; }

    ILogStreams Logs { get; }

    IBuilds Builds { get; }

    IRoles Roles { get; }

    ILicenses Licenses { get; }

    IShares Shares { get; }

    IOrganization Organization { get; }
}

/// <summary>Who acts.</summary>
public interface IIdentity
{
    Task<CloudIdentity> WhoAsync(CancellationToken cancel);
}

/// <param name="Account">Twelve digits.</param>
public sealed record CloudIdentity(string Account, string Arn);
