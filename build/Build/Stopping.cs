using System.Runtime.InteropServices;

namespace Build;

/// <summary>
/// The one source of cancellation. The first Ctrl-C, SIGTERM or SIGHUP asks everything to end and clean up; the second one
/// ends the process at once.
/// </summary>
internal sealed class Stopping : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    public Stopping(TextWriter error)
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = Interlocked.Increment(ref _signals) == 1;
                if (!context.Cancel) return;
                error.WriteLine();
                error.WriteLine("Stopping: what runs is being ended and cleaned up. Again ends at once.");
                _source.Cancel();
            }));
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }
}
