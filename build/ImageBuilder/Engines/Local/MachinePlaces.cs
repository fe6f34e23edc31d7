namespace ImageBuilder.Engines.Local;

/// <summary>Places for the machines that test images: those of all recipes at work must fit into memory together, and find processors.</summary>
public sealed class MachinePlaces
{
    // A machine's own memory, and what QEMU takes beside it for emulating the processor.
    private const long MachineBytes = 3L << 29;

    private readonly Lazy<SemaphoreSlim> _places = new(() => new SemaphoreSlim(Count(Environment.ProcessorCount, FreeMemory.Bytes())));

    /// <summary>
    /// How many machines run at once. Two are quicker than one after the other: alone, none keeps two cores busy for most of a boot. More than
    /// there are processors only slow each other down.
    /// </summary>
    /// <param name="available">Bytes of memory.</param>
    public static int Count(int processors, long available) => (int)Math.Clamp(available / MachineBytes, 1, Math.Max(2, processors));

    /// <summary>Waits for a place, and keeps it as long as the work lasts.</summary>
    public async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        await _places.Value.WaitAsync(cancel);
        try
        {
            return await work();
        }
        finally
        {
            _places.Value.Release();
        }
    }
}
