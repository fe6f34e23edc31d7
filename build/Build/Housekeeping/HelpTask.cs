using Cake.Frosting;

namespace Build.Housekeeping;

[TaskName("Help"), TaskDescription("Explain every target and every switch")]
public sealed class HelpTask : TargetTask
{
    protected override Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        session.Close(HelpText.All());
        return Task.CompletedTask;
    }
}
