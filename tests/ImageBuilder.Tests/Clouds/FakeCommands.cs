using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Clouds;

namespace ImageBuilder.Tests.Clouds;

/// <summary>
/// Machines whose commands run in bash on this one, in a folder of their own instead of /var/lib/imagebuilder. What cleans a machine before it becomes an
/// image does not: it would clean this one. As the service does, only the first characters of outputs are handed back.
/// </summary>
internal sealed class FakeCommands(FakeCloud cloud, CloudPlace place, FakeStock stock) : ICommands
{
    private const string Folder = "/var/lib/imagebuilder";
    private const string Cleans = "imagebuilder/seal/seal";
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    private readonly ConcurrentDictionary<string, CommandState> _done = new();
    private int _commands;

    public Task<bool> IsReachableAsync(string instance, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "reach", () => stock.Instances[instance].State == "running" && !cloud.Silent, cancel);

    public Task<string> SendAsync(NewCommand command, CancellationToken cancel) => cloud.DoAsync(place.Region, "SendCommand", () =>
    {
        Assert.True(command.Lines.Sum(l => l.Length + 1) <= 60_000);
        var id = $"00000000-0000-0000-0000-{Interlocked.Increment(ref _commands):x12}";
        stock.Comments.Add(command.Comment);
        _done[id] = command.Comment == Cleans ? new CommandState("Success", 0, "", "imagebuilder: end 0 0 0\n") : Run(string.Join('\n', command.Lines));
        return id;
    }, cancel);

    public Task<CommandState?> GetAsync(string id, string instance, CancellationToken cancel) =>
        cloud.DoAsync(place.Region, "command", () => _done.GetValueOrDefault(id), cancel);

    public Task CancelAsync(string id, string instance, CancellationToken cancel) => cloud.DoAsync(place.Region, "CancelCommand", () => true, cancel);

    private CommandState Run(string text)
    {
        if (text.Contains(BootId, StringComparison.Ordinal)) return new CommandState("Success", 0, $"boot {stock.Restarts.ToString(CultureInfo.InvariantCulture)}\n", "");
        using var bash = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", text.Replace(Folder, stock.Machine, StringComparison.Ordinal)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = bash.StandardError.ReadToEndAsync();
        var output = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        return new CommandState(bash.ExitCode == 0 ? "Success" : "Failed", bash.ExitCode, First(output, 24_000), First(error.GetAwaiter().GetResult(), 8_000));
    }

    private static string First(string text, int most) => text.Length <= most ? text : text[..most];
}
