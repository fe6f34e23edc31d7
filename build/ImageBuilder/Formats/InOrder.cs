namespace ImageBuilder.Formats;

/// <summary>Work on all cores whose results are taken in the order of the work, with a bounded number in memory.</summary>
public static class InOrder
{
    public static async Task RunAsync<TWork, TResult>(
        IEnumerable<TWork> works, Func<TWork, TResult> run, Action<TResult> take, CancellationToken cancel)
    {
        // Twice the cores: each has its next piece at hand while the oldest result is being taken.
        var limit = 2 * Environment.ProcessorCount;
        var running = new Queue<Task<TResult>>(limit);
        try
        {
            foreach (var work in works)
            {
                if (running.Count == limit) take(await running.Dequeue());
                cancel.ThrowIfCancellationRequested();
                running.Enqueue(Task.Run(() => run(work), cancel));
            }

            while (running.TryDequeue(out var oldest)) take(await oldest);
        }
        finally
        {
            // After a failure the rest still reads from the disk that the caller is about to close.
            await Task.WhenAll(running.AsEnumerable<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
