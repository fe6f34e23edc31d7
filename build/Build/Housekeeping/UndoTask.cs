using Cake.Core;
using Cake.Frosting;
using ImageBuilder.Distribution;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Undo"), TaskDescription("Take back what Promote and Distribute did for the selected recipes, but what somebody uses; shows it first")]
public sealed class UndoTask : TargetTask
{
    private const string Fix = "Delete the file; what it speaks of has to be removed by hand then.";

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        await session.Builds.PlanAsync(cancel);
        var (taken, stay) = (0, 0);
        foreach (var build in session.Builds.Known.Where(b => !b.OnlyAsParent))
        {
            string distribution = Path.Combine(build.Folder, RecordFiles.DistributionFile), promotion = Path.Combine(build.Folder, RecordFiles.PromotionFile);
            // Whatever the recipe says by now: it is about what was done.
            var steps = await new Undoing(build.Run).PlanAsync(await RecordFiles.TryReadAsync<Distributed>(distribution, Fix, cancel),
                await RecordFiles.TryReadAsync<Promoted>(promotion, Fix, cancel), cancel);
            if (steps.Count == 0) continue;
            session.Console.Heading($"{build.Plan.Recipe} {build.Plan.Version}");
            foreach (var step in steps)
                session.Console.Line($"  {step.Kind,-10}{step.Region,-15}{step.What}{(step.Stays is null ? "" : $": stays, {step.Stays}")}");
            var failed = session.Options.DryRun ? 0 : await TakeBackAsync(session, steps, cancel);
            var left = failed + steps.Count(s => s.IsUsed);
            (taken, stay) = (taken + steps.Count(s => s.Stays is null) - failed, stay + left);
            if (session.Options.DryRun || left > 0) continue;
            File.Delete(promotion);
            File.Delete(distribution);
        }

        session.Close($"{(session.Options.DryRun ? "Would take back" : "Took back")} {Figures.Count(taken, "thing")}{(stay == 0 ? "." : $"; {stay} stay.")}");
        if (stay == 0) return;
        session.End(ExitCode.DistributionPartial);
        throw new CakeException((int)ExitCode.DistributionPartial, $"{Name} could not take everything back.");
    }

    // In order: what names an image goes before the image. Says how many failed.
    private static async Task<int> TakeBackAsync(Session session, IReadOnlyList<UndoStep> steps, CancellationToken cancel)
    {
        var failed = 0;
        foreach (var step in steps.Where(s => s.Stays is null))
        {
            try
            {
                await step.TakeBackAsync(cancel);
            }
            catch (Exception e) when (e is ProblemException or IOException or UnauthorizedAccessException)
            {
                var file = new Problem("IB8220", "A file cannot be removed.", e.Message, "Mend that and run the same command again.");
                foreach (var problem in (e as ProblemException)?.Problems ?? [file]) session.Console.Problem(problem);
                failed++;
            }
        }

        return failed;
    }
}
