using System.Text;
using Cake.Frosting;
using ImageBuilder.Permissions;
using ImageBuilder.Records;

namespace Build.Housekeeping;

[TaskName("Iam"), TaskDescription("Write the least that each target must be allowed in AWS for the selected recipes, as policies of IAM; asks nobody")]
public sealed class IamTask : TargetTask
{
    private const string Folder = "iam";
    private const string Fix = "Delete the file.";

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        await session.Builds.PlanAsync(cancel);
        var builds = session.Builds.Known;
        var reach = new Reach([.. builds.Select(b => b.Plan)]);
        var policy = new TargetPolicy(reach);
        var files = TargetPolicy.Targets.Where(t => t != "Build" || session.Options.Engine == "aws").Select(t => ($"{t}.json", policy.Of(t))).ToList();
        if (reach.Roles.Count > 0) files.AddRange([("other-account.json", policy.OfRole()), ("other-account.trust.json", TargetPolicy.TrustOf("YOUR-ACCOUNT"))]);
        if (await ApprovedAsync(builds, cancel) is { Count: > 0 } images) files.Add(("only-approved-images.scp.json", policy.OnlyImages(images)));
        foreach (var (name, text) in files)
        {
            var path = Path.Combine(session.Options.Artifacts, Folder, name);
            await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), cancel);
            session.Close($"Wrote {session.Options.Show(path)}");
        }
    }

    // Those that have been promoted, or at least distributed.
    private static async Task<IReadOnlyList<string>> ApprovedAsync(IEnumerable<RecipeBuild> builds, CancellationToken cancel)
    {
        var images = new List<string>();
        foreach (var build in builds)
            if (await RecordFiles.TryReadAsync<Distributed>(Path.Combine(build.Folder, RecordFiles.DistributionFile), Fix, cancel) is { } record)
                images.AddRange(record.Targets.Where(t => t.IsDone).Select(t => t.Image).OfType<string>());
        return images;
    }
}
