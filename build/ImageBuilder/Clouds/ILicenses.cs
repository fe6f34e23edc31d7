namespace ImageBuilder.Clouds;

/// <summary>License configurations that images carry.</summary>
public interface ILicenses
{
    /// <summary>ARNs of the configurations that something has.</summary>
    Task<IReadOnlyList<string>> OfAsync(string arn, CancellationToken cancel);

    Task AddAsync(string arn, IReadOnlyCollection<string> configurations, CancellationToken cancel);
}
