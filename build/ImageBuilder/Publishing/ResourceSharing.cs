using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;

namespace ImageBuilder.Publishing;

/// <summary>What a share is to have: that and nothing else.</summary>
/// <param name="Resources">ARNs.</param>
/// <param name="Principals">Accounts and ARNs, see <see cref="Principals"/>.</param>
/// <param name="Outside">Accounts outside the organization may be among them.</param>
public sealed record ShareWish(string Name, IReadOnlyList<string> Resources, IReadOnlyList<string> Principals, bool Outside)
{
    internal IEnumerable<(string Entity, bool IsPrincipal)> Members => Resources.Select(r => (r, false)).Concat(Principals.Select(p => (p, true)));
}

/// <summary>A share as it is, and what has to be done until it is what was wished for.</summary>
/// <param name="There">Null: it has to be made.</param>
/// <param name="Now">What it has.</param>
public sealed record SharePlan(ShareWish Wish, CloudShare? There, IReadOnlyList<ShareMember> Now)
{
    public IReadOnlyList<(string Entity, bool IsPrincipal)> Missing => [.. Wish.Members.Except(Now.Select(m => (m.Entity, m.IsPrincipal)))];

    public IReadOnlyList<(string Entity, bool IsPrincipal)> Surplus => [.. Now.Select(m => (m.Entity, m.IsPrincipal)).Except(Wish.Members)];

    public bool IsDone => There is not null && There.Outside == Wish.Outside && Missing.Count == 0 && Surplus.Count == 0;
}

/// <summary>Shares resources of an account with others by Resource Access Manager. A share is known by its name in a tag, from any machine.</summary>
public sealed class ResourceSharing(ICloudRegion region, bool isEmulated, TimeProvider clock)
{
    private const string Stage = "Share";
    private const string NameTag = "imagebuilder:share";

    // At members that are not what was asked for: what is stale comes right sooner.
    private const int MostLooks = 60;

    /// <summary>All shares that were made by this class.</summary>
    public async Task<IReadOnlyList<(CloudShare Share, IReadOnlyList<ShareMember> Members)>> ListAsync(CancellationToken cancel)
    {
        var found = await region.Shares.FindAsync(new Dictionary<string, string> { [CloudTags.Stage] = Stage }, cancel);
        var shares = new List<(CloudShare, IReadOnlyList<ShareMember>)>();
        foreach (var share in found.Where(IsThere).OrderBy(s => s.Name, StringComparer.Ordinal)) shares.Add((share, await MembersAsync(share.Arn, cancel)));
        return shares;
    }

    /// <summary>The share of this name; null: there is none.</summary>
    public async Task<CloudShare?> FindAsync(string name, CancellationToken cancel) =>
        (await region.Shares.FindAsync(new Dictionary<string, string> { [NameTag] = name }, cancel)).FirstOrDefault(IsThere);

    public async Task<SharePlan> PlanAsync(ShareWish wish, CancellationToken cancel)
    {
        var there = await FindAsync(wish.Name, cancel);
        return new SharePlan(wish, there, there is null ? [] : await MembersAsync(there.Arn, cancel));
    }

    /// <summary>Does what the plan says and waits until it has come about.</summary>
    /// <returns>What the share has now; those outside who have yet to accept are <c>ASSOCIATING</c>.</returns>
    public async Task<IReadOnlyList<ShareMember>> DoAsync(SharePlan plan, CloudJournal journal, CancellationToken cancel)
    {
        var wish = plan.Wish;
        string arn;
        if (plan.There is not { } there) arn = await MakeAsync(wish, journal, cancel);
        else
        {
            arn = there.Arn;
            if (wish.Outside && !there.Outside) await region.Shares.AllowOutsideAsync(arn, outside: true, cancel);
            if (plan.Missing.Count > 0) await region.Shares.AddAsync(arn, Of(plan.Missing, false), Of(plan.Missing, true), cancel);
            if (plan.Surplus.Count > 0) await region.Shares.RemoveAsync(arn, Of(plan.Surplus, false), Of(plan.Surplus, true), cancel);
            if (!wish.Outside && there.Outside) await region.Shares.AllowOutsideAsync(arn, outside: false, cancel);
        }

        var looks = 0;
        var now = await CloudWait.UntilAsync(clock, async () => (IReadOnlyList<ShareMember>?)await MembersAsync(arn, cancel),
            members => IsSettled(wish, members) || ++looks > MostLooks, changed: null, cancel);
        if (now.Where(m => m.Status == "FAILED").ToList() is { Count: > 0 } failed) throw new ProblemException(ExitCode.DistributionPartial, [.. failed.Select(m =>
            new Problem("IB8435", $"`{m.Entity}` could not be {(m.IsPrincipal ? "given" : "put into")} the share `{wish.Name}`.",
                m.Why.Length > 0 ? m.Why : "AWS does not say why.", "Mend that and run the same command again."))]);
        if (!isEmulated && !IsSettled(wish, now)) throw new ProblemException(ExitCode.Integrity, new Problem("IB8436", $"The share `{wish.Name}` is not what was asked for.",
            $"It is read back with {string.Join(", ", now.Select(m => $"{m.Entity} ({m.Status})"))}.", "Run the same command again."));
        return now;
    }

    private async Task<string> MakeAsync(ShareWish wish, CloudJournal journal, CancellationToken cancel)
    {
        var arn = await journal.MakeAsync(region.Place, ResourceKind.Share, $"share {wish.Name}", Stage, making => region.Shares.CreateAsync(
            // From its first moment somebody may need it.
            new NewShare(wish.Name, wish.Resources, wish.Principals, wish.Outside,
                new Dictionary<string, string>(making.Tags) { [NameTag] = wish.Name, [CloudTags.State] = CloudTags.Kept }), making.Token, cancel), cancel);
        await journal.KeepAsync(region.Place, ResourceKind.Share, arn, cancel);
        return arn;
    }

    // What has gone is told for a while.
    private async Task<IReadOnlyList<ShareMember>> MembersAsync(string arn, CancellationToken cancel) =>
        [.. (await region.Shares.MembersAsync(arn, cancel)).Where(m => m.Status is not ("DISASSOCIATING" or "DISASSOCIATED"))];

    private static bool IsSettled(ShareWish wish, IReadOnlyList<ShareMember> members) =>
        wish.Members.ToHashSet().SetEquals(members.Select(m => (m.Entity, m.IsPrincipal)))
        && members.All(m => m.Status is "ASSOCIATED" or "FAILED" || (m.IsPrincipal && m.Outside));

    private static bool IsThere(CloudShare share) => share.Status is "ACTIVE" or "PENDING";

    private static IReadOnlyCollection<string> Of(IEnumerable<(string Entity, bool IsPrincipal)> members, bool principals) =>
        [.. members.Where(m => m.IsPrincipal == principals).Select(m => m.Entity)];
}
