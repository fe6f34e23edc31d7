using Cake.Frosting;
using ImageBuilder.Records;

namespace Build.Housekeeping;

[TaskName("Lock"), TaskDescription("Build up to Customize and write down what the image is made of, in recipes/<name>/recipe.lock.json, for --locked"),
    IsDependentOn(typeof(CustomizeStage))]
public sealed class LockStage : Stage
{
    protected override async Task<bool> RunStageAsync(Session session, RecipeBuild build, CancellationToken cancel)
    {
        var parent = await Left.ByBase.ReadAsync(build, cancel);
        var customized = await Left.ByCustomize.ReadAsync(build, cancel);
        var locked = LockOf.Build(build.Plan, parent, customized, await session.ShapingToolsAsync());
        return await LockFile.WriteAsync(session.Options.Repository, locked, cancel);
    }
}
