using ImageBuilder.Contracts;
using ImageBuilder.Reports;

namespace Build;

/// <summary>The terminal in which the program was started. While a shell has it, the report keeps its lines back.</summary>
internal sealed class Dialogue(ConsoleReport console, Ports ports) : IDialogue, IDisposable
{
    private readonly SemaphoreSlim _free = new(1);

    public bool Possible => ports.InputIsTerminal;

    public string TerminalKind => ports.Environment("TERM") ?? "";

    public async Task<IDisposable> BeginAsync(IReadOnlyList<string> lines, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        console.Hold(lines);
        return new Turn(this);
    }

    public void Dispose() => _free.Dispose();

    private void End()
    {
        console.Release();
        _free.Release();
    }

    private sealed class Turn(Dialogue dialogue) : IDisposable
    {
        public void Dispose() => dialogue.End();
    }
}
