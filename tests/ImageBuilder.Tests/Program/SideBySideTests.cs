using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.Tests.Program;

/// <summary>What a person sees of two recipes that are at work at the same time, line by line and frame by frame.</summary>
public sealed class SideBySideTests
{
    [Fact]
    public void In_a_log()
    {
        using var output = new StringWriter();
        Happen(Terminal.Plain(output, output), _ => { });
        Golden.Check(output.ToString(), "side-by-side.txt");
    }

    [Fact]
    public void On_a_terminal_with_a_line_for_each_recipe_at_work_that_leaves_nothing()
    {
        using var output = new StringWriter();
        var looks = new List<string>();
        Happen(new Terminal(output, output, Live: true, Color: true, 80), Look);
        Look("at the end");
        Golden.Check(string.Join('\n', looks), "side-by-side-screen.txt");

        void Look(string when)
        {
            var screen = new Screen(40);
            foreach (var c in output.ToString()) screen.Put(c);
            looks.Add($"---- {when}\n{screen}");
        }
    }

    private static void Happen(Terminal terminal, Action<string> look)
    {
        var clock = new ManualClock();
        using var console = new ConsoleReport(terminal, clock);
        var (small, web) = (console.For("debian-12-minimal", "1.0.0"), console.For("debian-12-web", "1.0.3"));
        console.Heading("Plan");
        small.Write(new StageStarted("Plan"));
        small.Write(new StageFinished("Plan", 0.01, Reused: false));
        console.Heading("Base");
        Assert.True(console.SideBySide("Base to Image, 2 recipes at a time", ["debian-12-minimal", "debian-12-web"]));
        foreach (var recipe in (IReport[])[small, web]) recipe.Write(new StageStarted("Base"));
        small.Write(new StepStarted("Base", "debian:12"));
        small.Write(new Progress("Base", "debian:12", "unpacking 157 packages", 0.5));
        web.Write(new Progress("Base", "debian:12", "waiting for another build that makes the same layer"));
        clock.Advance(TimeSpan.FromSeconds(10));
        look("while one recipe waits for the other");
        small.Write(new StepFinished("Base", "debian:12", 10, Reused: false, "success"));
        small.Write(new StageFinished("Base", 10, Reused: false));
        web.Write(new StageFinished("Base", 10, Reused: true));
        console.Heading("Customize");
        Assert.False(console.SideBySide("Customize to Image, 2 recipes at a time", ["debian-12-minimal", "debian-12-web"]));
        small.Write(new StageStarted("Disk"));
        web.Write(new StageStarted("Customize"));
        web.Write(new StepStarted("Customize", "nginx/build/Install"));
        web.Write(new Noted("A line that belongs to nothing in particular."));
        web.Write(new StepOutput("Customize", "nginx/build/Install", "Reading package lists..."));
        clock.Advance(TimeSpan.FromSeconds(2.25));
        small.Write(new StageFinished("Disk", 2.25, Reused: false));
        small.Write(new StageStarted("TestImage"));
        small.Write(new StepStarted("TestImage", "bios: boots to login prompt"));
        small.Write(new StepStarted("TestImage", "uefi: boots to login prompt"));
        clock.Advance(TimeSpan.FromSeconds(8));
        look("while one is customized and one is tested");
        web.Write(new StepFinished("Customize", "nginx/build/Install", 10.25, Reused: false, "failed"));
        web.Write(new StageFinished("Customize", 10.25, Reused: false, "failed"));
        console.Problem(new Problem("IB0001", "Step `nginx/build/Install` failed.", "It said no.", "Mend it."), "again: ./build.sh");
        clock.Advance(TimeSpan.FromSeconds(0.5));
        look("after a failure");
        small.Write(new StepFinished("TestImage", "bios: boots to login prompt", 8.5, Reused: false, "success"));
        small.Write(new TestFinished("bios", new TestCase("boots to login prompt", Passed: true, Skipped: false, 8.5, 0, "", "")));
        small.Write(new StageFinished("TestImage", 8.5, Reused: false));
        console.OneByOne();
        console.Heading("Clean");
        console.Line("all");
    }

    // As a terminal of that many rows shows it; the rows that it scrolled away included.
    private sealed class Screen(int rows)
    {
        private readonly List<char[]> _rows = [.. Enumerable.Range(0, rows).Select(_ => Blank())];
        private string _escape = "";
        private int _row;
        private int _column;

        public void Put(char c)
        {
            if (_escape.Length > 0 || c == '\e') Escape(c);
            else if (c == '\r') _column = 0;
            else if (c == '\n') (_row, _column) = (_row + 1, 0);
            else _rows[_row][_column++] = c;
        }

        public override string ToString() => string.Join('\n', _rows.Select(r => new string(r).TrimEnd())).TrimEnd() + "\n";

        private static char[] Blank() => [.. Enumerable.Repeat(' ', 200)];

        private void Escape(char c)
        {
            _escape += c;
            if (!char.IsAsciiLetter(c)) return;
            if (c == 'A') _row -= int.Parse(_escape[2..^1], System.Globalization.CultureInfo.InvariantCulture);
            else if (c is 'K' or 'J') Array.Fill(_rows[_row], ' ', _column, 200 - _column);
            else Assert.Equal('m', c);
            if (c == 'J') foreach (var row in _rows.Skip(_row + 1)) Array.Fill(row, ' ');
            _escape = "";
        }
    }
}
