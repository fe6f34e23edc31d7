using System.Text;
using System.Text.RegularExpressions;

namespace ImageBuilder.Engines.Local;

/// <summary>How a boot ended. <paramref name="Why"/> is null when the login prompt came.</summary>
public sealed record BootEnd(TimeSpan Time, string? Why);

/// <summary>How long a boot may take.</summary>
/// <param name="Silence">The longest time without any output on the console.</param>
public sealed record BootLimits(TimeSpan Silence, TimeSpan Total)
{
    /// <summary>
    /// Generous: a machine may be shared with others, and an emulated processor is thirty times as slow. Four minutes of silence were seen of an UEFI
    /// that then went on, on two cores with ten to do.
    /// </summary>
    public static BootLimits For(bool accelerated) => accelerated
        ? new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5))
        : new(TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(20));
}

/// <summary>Reads the log of a serial console while the machine writes it, and sees how the boot goes.</summary>
/// <param name="progress">Gets the last line every two seconds.</param>
public sealed partial class BootConsole(string path, TimeProvider clock, Action<string> progress)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_signOfLife = TimeSpan.FromSeconds(2);

    private static readonly char[] s_blanks = [' ', '\n'];
    private const StringSplitOptions Words = StringSplitOptions.RemoveEmptyEntries;

    // Enough for every message that we look for, whole lines around it included.
    private const int Kept = 16384;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private string _text = "";
    private long _read;

    /// <summary>Bytes of the log that are of an earlier boot.</summary>
    public long From { init => _read = value; }

    /// <summary>The last lines, without what steers a terminal.</summary>
    public IReadOnlyList<string> LastLines(int count) =>
        [.. Plain(_text).Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0).TakeLast(count)];

    /// <summary>Waits for the login prompt, or for anything after which it will not come.</summary>
    /// <param name="gone">Completes when the machine has ended.</param>
    public async Task<BootEnd> WaitForLoginAsync(BootLimits limits, Task gone, CancellationToken cancel)
    {
        var (started, heard, shown) = (clock.GetTimestamp(), clock.GetTimestamp(), clock.GetTimestamp());
        using var timer = new PeriodicTimer(s_poll, clock);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            var ended = gone.IsCompleted;
            if (await ReadAsync(cancel)) heard = clock.GetTimestamp();
            var plain = Plain(_text);
            if (Login().IsMatch(plain)) return new BootEnd(clock.GetElapsedTime(started), null);
            if (Why(plain, ended, clock.GetElapsedTime(heard), clock.GetElapsedTime(started), limits) is { } why)
                return new BootEnd(clock.GetElapsedTime(started), why);
            if (clock.GetElapsedTime(shown) < s_signOfLife) continue;
            shown = clock.GetTimestamp();
            progress(LastLines(1) is [var line] ? line : "no output yet");
        }

        throw new OperationCanceledException(cancel);
    }

    internal static string? Why(string plain, bool ended, TimeSpan silent, TimeSpan total, BootLimits limits) =>
        Stuck().Match(plain) is { Success: true } stuck ? $"The boot ended at `{string.Join(' ', stuck.Value.Split(s_blanks, Words))}`."
        : ended ? "The virtual machine ended."
        : silent > limits.Silence ? $"The console has been silent for {limits.Silence.TotalSeconds:0.#} s."
        : total > limits.Total ? $"There was no login prompt within {limits.Total.TotalSeconds:0.#} s."
        : null;

    private async Task<bool> ReadAsync(CancellationToken cancel)
    {
        if (!File.Exists(path)) return false;
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite);
        var buffer = new byte[8192];
        var any = false;
        int count;
        while ((count = await RandomAccess.ReadAsync(file, buffer, _read, cancel)) > 0)
        {
            var text = new char[_decoder.GetCharCount(buffer, 0, count)];
            _decoder.GetChars(buffer, 0, count, text, 0);
            _text += new string(text);
            if (_text.Length > 2 * Kept) _text = _text[^Kept..];
            _read += count;
            any = true;
        }

        return any;
    }

    internal static string Plain(string text) => Escapes().Replace(text, "").Replace('\r', '\n');

    [GeneratedRegex(@"\e\[[0-9;?=]*[A-Za-z]|\e[()][0-9A-B]|\e[c=>78DEHM]|[\0\a\b]", RegexOptions.CultureInvariant)]
    private static partial Regex Escapes();

    [GeneratedRegex(@"^\S+ login: ", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Login();

    // What waits for a person: GRUB without a kernel, the kernel without a root, the initramfs' and systemd's emergency shells, firmware without a loader.
    [GeneratedRegex(@"(?:^error: .*\n\s*)*Press any key to continue\.{3}|^grub(?: rescue)?> |Kernel panic - not syncing.*|^ALERT! .*Dropping to a shell!"
        + @"|^\(initramfs\) ?|You are in (?:emergency|rescue) mode"
        + @"|Give root password for maintenance|No bootable (?:device|option or device).*|Boot failed: not a bootable disk|^Shell> ",
        RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Stuck();
}
