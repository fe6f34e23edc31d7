using System.Text.RegularExpressions;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Publishing;

/// <summary>Whom something can be shared with, by the names that people have for them.</summary>
public sealed partial class Principals(IOrganization organization)
{
    /// <summary>An account or an ARN for each of them, in order and once.</summary>
    /// <param name="names">
    /// Accounts by number or, inside the organization, by name; <c>organization</c>, <c>o-…</c> and <c>ou-…</c>; ARNs.
    /// </param>
    /// <param name="outside">Accounts outside the organization are meant too.</param>
    public async Task<IReadOnlyList<string>> FindAsync(IReadOnlyCollection<string> names, bool outside, CancellationToken cancel)
    {
        var mayBeOutside = !outside && names.Any(AccountForm().IsMatch);
        var own = mayBeOutside || !names.All(IsDirect) ? await organization.GetAsync(cancel) : null;
        List<string> unknown = own is null ? [] : [.. names.Where(n => !IsDirect(n) && InOrganization(n, own) is null)];
        var accounts = unknown.Count == 0 ? [] : (await organization.AccountsAsync(cancel)).Where(a => a.Status == "ACTIVE").ToList();
        var problems = new ProblemBag();
        List<string> found =
            [.. names.Select(n => IsDirect(n) ? n : own is null ? null : InOrganization(n, own) ?? ByName(n, own, accounts, problems)).OfType<string>().Distinct()];
        if (own is null)
            foreach (var name in names.Where(n => !IsDirect(n)))
                problems.Add(Unknown(name, "nobody", "This account is part of no organization, where names and units could be looked up.", "Write the account's twelve digits."));
        if (mayBeOutside && own is null)
            problems.Add(new Problem("IB8434", "Nothing may be given to accounts outside the organization.", "This account is part of none: every other account is outside.",
                "Write --allow-outside if that is meant; each account has to accept then."));
        problems.ThrowIfErrors();
        return found;
    }

    private static bool IsDirect(string name) => AccountForm().IsMatch(name) || name.StartsWith("arn:", StringComparison.Ordinal);

    // arn:aws:organizations::111122223333:organization/o-… and …:ou/o-…/ou-…
    private static string? InOrganization(string name, CloudOrganization own) => name == "organization" || name == own.Id ? own.Arn
        : UnitForm().IsMatch(name) ? own.Arn.Replace($":organization/{own.Id}", $":ou/{own.Id}/{name}", StringComparison.Ordinal) : null;

    private static string? ByName(string name, CloudOrganization own, List<CloudAccount> accounts, ProblemBag problems)
    {
        var named = accounts.Where(a => a.Name == name).ToList();
        if (named is [var one]) return one.Id;
        problems.Add(named.Count == 0
            ? Unknown(name, "nobody", $"The organization {own.Id} has no active account of that name.",
                Suggestion.Fix(name, [.. accounts.Select(a => a.Name).Distinct(), "organization"]))
            : Unknown(name, "several accounts", $"The organization {own.Id} has {named.Count} of that name.",
                $"Write the number: {string.Join(" or ", named.Select(a => a.Id))}."));
        return null;
    }

    private static Problem Unknown(string name, string what, string why, string fix) => new("IB8433", $"`--with={name}` is {what}.", why, fix);

    [GeneratedRegex("^[0-9]{12}$")]
    private static partial Regex AccountForm();

    [GeneratedRegex("^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$")]
    private static partial Regex UnitForm();
}
