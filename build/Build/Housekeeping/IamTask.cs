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

    // Nobody is asked which it is.
    private const string Caller = "YOUR-ACCOUNT";

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        await session.Builds.PlanAsync(cancel);
        var builds = session.Builds.Known;
        var reach = new Reach([.. builds.Select(b => b.Plan)]);
        var policy = new TargetPolicy(reach);
        var files = TargetPolicy.Targets.Where(t => t != "Build" || session.Options.Engine == "aws").Select(t => ($"{t}.json", policy.Of(t))).ToList();
        if (reach.Roles.Count > 0) files.AddRange([("other-account.json", policy.OfRole()), ("other-account.trust.json", TargetPolicy.TrustOf(Caller))]);
        if (await ApprovedAsync(builds, cancel) is { Count: > 0 } approved)
        {
            files.Add(("only-approved-images.scp.json", policy.OnlyImages(approved.Select(t => t.Image!)))); // chosen because they have one
            // An ARN of a role: arn:partition:iam::account:role/name.
            files.Add(("allowed-images.declarative.json", TargetPolicy.OnlyImagesOf(approved.Select(t => t.Role?.Split(':')[4] ?? Caller))));
        }

        foreach (var (name, text) in files)
        {
            var path = Path.Combine(session.Options.Artifacts, Folder, name);
            await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), cancel);
            session.Close($"Wrote {session.Options.Show(path)}");
        }
    }

    // Those that have been promoted, or at least distributed.
    private static async Task<IReadOnlyList<TargetDone>> ApprovedAsync(IEnumerable<RecipeBuild> builds, CancellationToken cancel)
    {
        var images = new List<TargetDone>();
        foreach (var build in builds)
            if (await RecordFiles.TryReadAsync<Distributed>(Path.Combine(build.Folder, RecordFiles.DistributionFile), Fix, cancel) is { } record)
                images.AddRange(record.Targets.Where(t => t is { IsDone: true, Image: not null }));
        return images;
    }
}
