using Cake.Core;
using Cake.Frosting;

namespace Build;

/// <summary>Remembers which targets this run consists of.</summary>
public sealed class Lifetime : FrostingLifetime<BuildContext>
{
    public override void Setup(BuildContext context, ISetupContext info) =>
        context.Session.Running = [.. info.TasksToExecute.Select(t => t.Name)];

    public override void Teardown(BuildContext context, ITeardownContext info) => context.Console.EndWaits();
}
