using Cake.Core;
using Cake.Frosting;
using ImageBuilder.Reports;

namespace Build;

/// <summary>What every target can reach.</summary>
public sealed class BuildContext(ICakeContext context, Session session) : FrostingContext(context)
{
    public Session Session => session;

    public Options Options => session.Options;

    public ConsoleReport Console => session.Console;

    public CancellationToken Cancel => session.Cancel;
}
