using Cake.Core;
using Cake.Frosting;
using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Sweep"), TaskDescription("Remove from AWS what killed runs of this or other machines left there, and nothing that is in use; shows it first")]
public sealed class SweepTask : TargetTask
{
    // No build takes longer, so that a run of another machine that began before has ended.
    private static readonly TimeSpan s_olderThan = TimeSpan.FromDays(1);

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        using var leftovers = new Leftovers(session.Clouds.Cloud, session.Journals, session.Ports.Clock);
        var written = leftovers.Take();
        var found = await leftovers.FindAsync(
            new LeftoverSearch([.. written, .. await PlacesAsync(session, cancel)], session.Options.OlderThan ?? s_olderThan), cancel);
        Show(session, found);
        foreach (var problem in found.Unseen.Select(u => u.Why).Distinct()) session.Console.Problem(problem);
        var wanted = found.Items.Where(i => i.UsedBy.Count == 0).ToList();
        var failed = session.Options.DryRun ? [] : await leftovers.RemoveAsync(wanted, cancel);
        foreach (var (_, why) in failed) session.Console.Problem(why);
        var used = found.Items.Count - wanted.Count;
        session.Close($"{(session.Options.DryRun ? "Would remove" : "Removed")} {Figures.Count(wanted.Count - failed.Count, "resource")} from AWS."
            + (used == 0 ? "" : $" {Figures.Count(used, "image")} that {(used == 1 ? "is" : "are")} used {(used == 1 ? "stays" : "stay")}."));
        if (found.Busy > 0)
            session.Close($"{Figures.Count(found.Busy, "resource")} of runs that may go on {(found.Busy == 1 ? "stays" : "stay")}: --older-than=AGE takes them too.");
        if (failed.Count == 0 && found.Unseen.All(u => u.Why.Severity == Severity.Warning)) return;
        session.End(ExitCode.DistributionPartial);
        throw new CakeException((int)ExitCode.DistributionPartial, $"{Name} could not remove everything.");
    }

    private static async Task<IReadOnlyList<CloudPlace>> PlacesAsync(Session session, CancellationToken cancel)
    {
        var cloud = session.Clouds.Cloud;
        var regions = session.Options.Cloud.Regions;
        if (regions.Count == 0)
            regions = await cloud.At(new CloudPlace(cloud.HomeRegion ?? "us-east-1")).Compute.RegionsAsync(cancel);
        return session.Options.Cloud.PlacesIn(regions);
    }

    private static void Show(Session session, LeftoversFound found)
    {
        if (found.Items.Count == 0) return;
        session.Console.Heading("Left over");
        foreach (var item in found.Items.OrderBy(i => i.Place.ToString(), StringComparer.Ordinal).ThenBy(i => i.Kind))
            session.Console.Line($"  {item.Place,-16}{item.Kind,-16}{item.Id,-26}{item.Recipe} {item.Version} {item.Stage}"
                + (item.UsedBy.Count == 0 ? "" : $": stays, used by {string.Join(", ", item.UsedBy)}"));
    }
}
