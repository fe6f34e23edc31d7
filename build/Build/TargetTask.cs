using Build.Housekeeping;
using Cake.Core;
using Cake.Frosting;

namespace Build;

/// <summary>A target. What ends it is shown as problems and becomes the exit code; Cake only learns that it ended.</summary>
public abstract class TargetTask : AsyncFrostingTask<BuildContext>
{
    protected TargetTask() => Name = Targets.NameOf(GetType());

    public string Name { get; }

    public sealed override async Task RunAsync(BuildContext context)
    {
        var session = context.Session;
        try
        {
            await RunTargetAsync(session, session.Cancel);
            if (session.Running is [.., var last] && last == Name) await new CacheOfRun(session).TrimAsync(session.Cancel);
        }
        catch (Exception) when (session.Cancel.IsCancellationRequested)
        {
            throw new CakeException((int)ImageBuilder.Problems.ExitCode.Stopped, $"{Name} was stopped.");
        }
#pragma warning disable CA1031 // The last line: an exception that nobody expected is shown as a bug.
        catch (Exception cause) when (cause is not CakeException)
#pragma warning restore CA1031
        {
            session.Fail(cause);
            throw new CakeException((int)session.Exit, $"{Name} failed.");
        }
    }

    protected abstract Task RunTargetAsync(Session session, CancellationToken cancel);
}
