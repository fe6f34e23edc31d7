namespace ImageBuilder.Clouds;

/// <summary>The organization that the account is part of.</summary>
public interface IOrganization
{
    /// <summary>Null where the account is part of none.</summary>
    Task<CloudOrganization?> GetAsync(CancellationToken cancel);

    /// <summary>Accounts below a unit or root, those in units below it too.</summary>
    /// <param name="unit">Id, as in <c>ou-…</c> or <c>r-…</c>.</param>
    Task<IReadOnlyList<CloudAccount>> AccountsOfAsync(string unit, CancellationToken cancel);

    /// <summary>All accounts.</summary>
    Task<IReadOnlyList<CloudAccount>> AccountsAsync(CancellationToken cancel);
}

/// <param name="MasterAccount">The account that pays and rules.</param>
public sealed record CloudOrganization(string Id, string Arn, string MasterAccount);

/// <param name="Status"><c>ACTIVE</c>, <c>SUSPENDED</c>, …</param>
public sealed record CloudAccount(string Id, string Name, string Status);
