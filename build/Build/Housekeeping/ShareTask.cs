using Cake.Frosting;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;
using ImageBuilder.Publishing;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Share"), TaskDescription("Share resources of the account (--resource=) with others (--with=) by Resource Access Manager; without both, show who has what")]
public sealed class ShareTask : TargetTask
{
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var cloud = session.Options.Cloud;
        var sharing = new ResourceSharing(session.CloudRegion, session.Clouds.Cloud.IsEmulated, session.Ports.Clock);
        if (cloud.Unshare) await EndAsync(session, sharing, cancel);
        else if (cloud.Resources.Count == 0 && cloud.With.Count == 0) await ListAsync(session, sharing, cancel);
        else await ShareAsync(session, sharing, cancel);
    }

    private static async Task ShareAsync(Session session, ResourceSharing sharing, CancellationToken cancel)
    {
        var cloud = session.Options.Cloud;
        Check(cloud, session.CloudRegion.Place);
        var principals = await new Principals(session.CloudRegion.Organization).FindAsync(cloud.With, cloud.AllowOutside, cancel);
        var plan = await sharing.PlanAsync(new ShareWish(cloud.Share, [.. cloud.Resources.Distinct()], principals, cloud.AllowOutside), cancel);
        session.Console.Heading($"Share {cloud.Share} in {session.CloudRegion.Place}");
        foreach (var member in plan.Now) Show(plan.Surplus.Contains((member.Entity, member.IsPrincipal)) ? "-" : " ", member.Entity, member.IsPrincipal);
        foreach (var (entity, isPrincipal) in plan.Missing) Show("+", entity, isPrincipal);
        if (plan.IsDone)
        {
            session.Close($"The share {cloud.Share} has that already.");
            return;
        }

        if (session.Options.DryRun)
        {
            session.Close($"Would {(plan.There is null ? "make" : "change")} the share {cloud.Share}.");
            return;
        }

        var now = await sharing.DoAsync(plan, session.Clouds.JournalOf(cloud.Share, ""), cancel);
        var waiting = now.Where(m => m is { IsPrincipal: true, Outside: true, Status: "ASSOCIATING" }).Select(m => m.Entity).ToList();
        session.Close($"{(plan.There is null ? "Made" : "Changed")} the share {cloud.Share}: {Figures.Count(now.Count(m => !m.IsPrincipal), "resource")} "
            + $"for {string.Join(", ", now.Where(m => m.IsPrincipal).Select(m => m.Entity))}.");
        if (waiting.Count > 0) session.Close($"Still to accept the invitation: {string.Join(", ", waiting)}.");

        void Show(string sign, string entity, bool isPrincipal) => session.Console.Line($"  {sign} {(isPrincipal ? "with" : "of"),-5}{entity}");
    }

    private static async Task ListAsync(Session session, ResourceSharing sharing, CancellationToken cancel)
    {
        var shares = await sharing.ListAsync(cancel);
        foreach (var (share, members) in shares)
        {
            session.Console.Heading(share.Name);
            foreach (var member in members)
                session.Console.Line($"  {(member.IsPrincipal ? "with" : "of"),-5}{member.Entity}"
                    + (member.Status == "ASSOCIATED" ? "" : $" ({member.Status.ToLowerInvariant()})"));
        }

        session.Close(shares.Count == 0 ? $"Nothing is shared in {session.CloudRegion.Place}." : $"{Figures.Count(shares.Count, "share")} in {session.CloudRegion.Place}.");
    }

    private static async Task EndAsync(Session session, ResourceSharing sharing, CancellationToken cancel)
    {
        var name = session.Options.Cloud.Share;
        if (await sharing.FindAsync(name, cancel) is not { } share)
        {
            session.Close($"There is no share {name} in {session.CloudRegion.Place}.");
            return;
        }

        if (!session.Options.DryRun) await session.CloudRegion.Shares.DeleteAsync(share.Arn, cancel);
        session.Close($"{(session.Options.DryRun ? "Would end" : "Ended")} the share {name}.");
    }

    // Everything that is wrong is said at once, before anything is asked.
    private static void Check(CloudOptions cloud, CloudPlace place)
    {
        var problems = new ProblemBag();
        if (cloud.Resources.Count == 0 || cloud.With.Count == 0) problems.Add(new Problem("IB8430", "Share needs something to share and somebody to have it.",
            "--resource= names what, --with= whom; both may be repeated. A share has these and no others.",
            "Write e.g. `./build.sh --target=Share --resource=arn:aws:imagebuilder:eu-west-1:111122223333:component/web/1.0.0/1 --with=210987654321`."));
        foreach (var resource in cloud.Resources)
        {
            // arn:partition:service:region:account:resource
            var parts = resource.Split(':', 6);
            if (parts is not ["arn", _, { Length: > 0 } service, var region, _, { Length: > 0 } what])
                problems.Add(new Problem("IB8431", $"`--resource={resource}` is no resource.", "Resources are named by their ARN.",
                    "Write it: arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE."));
            else if (service == "ec2" && (what.StartsWith("image/", StringComparison.Ordinal) || what.StartsWith("snapshot/", StringComparison.Ordinal)))
                problems.Add(new Problem("IB8432", $"`{what}` cannot be shared so.",
                    "Machine images and snapshots are shared by their launch permissions, not by Resource Access Manager.",
                    "Write `permissions:` under `distribution:` in the recipe, and run --target=Distribute."));
            else if (region.Length > 0 && region != place.Region)
                problems.Add(new Problem("IB8437", $"`{what}` is not in {place.Region}.",
                    $"It is in {region}; a share has resources of its own region only.", $"Write --region={region}."));
        }

        problems.ThrowIfErrors();
    }
}
