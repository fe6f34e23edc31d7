using System.Runtime.ExceptionServices;

namespace ImageBuilder.FileSystems;

/// <summary>Work in many parts that do not wait for each other.</summary>
internal static class AllProcessors
{
    /// <summary>Does all parts, from 0 on. The first failure stops the rest and is thrown as it is.</summary>
    public static void For(int count, Action<int> part, CancellationToken cancel)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel }, part);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
