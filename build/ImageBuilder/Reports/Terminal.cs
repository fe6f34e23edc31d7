using System.Text;

namespace ImageBuilder.Reports;

/// <summary>Where a person reads: two writers and what can be shown on them.</summary>
/// <param name="Live">The last line may be rewritten in place: a terminal that is not in CI.</param>
/// <param name="Color">Escape codes for colours are understood and wanted (<c>NO_COLOR</c> is not set).</param>
/// <param name="Width">Columns.</param>
public sealed record Terminal(TextWriter Output, TextWriter Error, bool Live, bool Color, int Width)
{
    private const int PlainWidth = 80;

    /// <summary>Text without escape codes, 80 columns wide.</summary>
    public static Terminal Plain(TextWriter output, TextWriter error) =>
        new(output, error, Live: false, Color: false, PlainWidth);

    /// <summary>
    /// The terminal of this process. Anything that is not one, a CI machine and <c>NO_COLOR</c> get plain text.
    /// </summary>
    public static Terminal OfThisProcess(Func<string, string?> environment)
    {
        var plain = Console.IsOutputRedirected || Console.IsErrorRedirected || environment("TERM") is null or "" or "dumb"
            || environment("NO_COLOR") is { Length: > 0 } || environment("CI") is { Length: > 0 };
        var (output, error) = (Writer(Console.OpenStandardOutput()), Writer(Console.OpenStandardError()));

        // Other libraries' first use of Console writes escape codes to a terminal that is not known to be without any.
        if (plain) Environment.SetEnvironmentVariable("TERM", "dumb");
        return plain ? Plain(output, error) : new Terminal(output, error, Live: true, Color: true, Columns());
    }

    // Not Console.Out: where that is a terminal, its first use writes escape codes that nobody asked for.
    private static StreamWriter Writer(Stream stream) =>
        new(new TerminalStream(stream), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    private static int Columns()
    {
        // A terminal without a size (a serial line, some containers) reports 0.
        var width = Console.WindowWidth;
        return width <= 0 ? PlainWidth : Math.Clamp(width, 40, 120);
    }
}
