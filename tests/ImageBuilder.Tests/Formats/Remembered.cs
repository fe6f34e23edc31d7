using System.Collections.Concurrent;
using ImageBuilder.Reports;

namespace ImageBuilder.Tests.Formats;

/// <summary>A report that keeps all events.</summary>
internal sealed class Remembered : IReport
{
    public ConcurrentQueue<BuildEvent> Events { get; } = [];

    public void Write(BuildEvent happened) => Events.Enqueue(happened);
}
