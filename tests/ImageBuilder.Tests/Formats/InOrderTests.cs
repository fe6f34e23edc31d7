using CsCheck;
using ImageBuilder.Formats;

namespace ImageBuilder.Tests.Formats;

public sealed class InOrderTests
{
    [Fact]
    public async Task Results_come_in_the_order_of_the_work() => await Gen.Int[0, 200].SampleAsync(async count =>
    {
        var taken = new List<int>();
        await InOrder.RunAsync(Enumerable.Range(0, count), Uneven, taken.Add, CancellationToken.None);
        return taken.SequenceEqual(Enumerable.Range(0, count));
    }, iter: 50);

    private static int Uneven(int n)
    {
        Thread.SpinWait(n % 7 * 100);
        return n;
    }

    [Fact]
    public async Task Work_is_not_started_far_ahead_of_what_is_taken()
    {
        var (started, taken, furthest) = (0, 0, 0);
        await InOrder.RunAsync(Enumerable.Range(0, 500), n =>
        {
            Interlocked.Increment(ref started);
            return n;
        }, _ =>
        {
            furthest = Math.Max(furthest, Volatile.Read(ref started) - taken);
            taken++;
        }, CancellationToken.None);
        Assert.InRange(furthest, 1, (2 * Environment.ProcessorCount) + 1);
    }

    [Fact]
    public async Task A_failure_ends_it_when_all_started_work_has_ended()
    {
        var running = 0;
        await Assert.ThrowsAsync<IOException>(() => InOrder.RunAsync(Enumerable.Range(0, 100), n =>
        {
            Interlocked.Increment(ref running);
            try
            {
                Thread.SpinWait(10_000);
                return n == 5 ? throw new IOException("broken") : n;
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }, _ => { }, CancellationToken.None));
        Assert.Equal(0, running);
    }
}
