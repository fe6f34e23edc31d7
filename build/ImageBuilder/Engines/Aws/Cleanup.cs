using ImageBuilder.Reports;

namespace ImageBuilder.Engines.Aws;

/// <summary>Removes at its end what a stage has made in AWS and not kept, whatever the end was.</summary>
internal sealed class Cleanup(AwsSite site) : IAsyncDisposable
{
    // An instance takes its time to end, and its security group goes only then. What takes longer, Sweep finds.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await site.Journal.RemoveOpenAsync(site.Run.Clock, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        foreach (var left in site.Journal.Open)
            site.Run.Report.Write(new Noted($"{left.Kind} {left.Id ?? left.What} in {left.Place} could not be removed yet: ./build.sh --target=Sweep"));
    }
}
