using Build;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.House;

/// <summary>The tables of README.md are what the program says about itself. IMAGEBUILDER_GOLDEN=write writes them anew.</summary>
public sealed class ReadmeTables
{
    private const string File = "README.md";

    [Fact]
    public void Targets_are_those_of_the_program() =>
        Check("| target | what it does |", Targets.All.Select(t => $"| `{t.Name}` | {t.Description}. |"));

    [Fact]
    public void Switches_are_those_of_the_program() =>
        Check("| switch | what it does |", Switches.All.Select(s => $"| `{s}` | {HelpText.Explain(s)} |"));

    [Fact]
    public void Variables_are_those_of_the_program() =>
        Check("| variable | what it does |", HelpText.Variables.Select(v => $"| `{v.Name}` | {v.Help} |"));

    [Fact]
    public void Exit_codes_are_those_of_the_program() => Assert.Equal(
        Enum.GetValues<ExitCode>().Except([ExitCode.DistributionPartial]).Select(c => $"| {(int)c} |"),
        Rows("| exit code | meaning |").Select(r => r[..(r.IndexOf('|', 1) + 1)]));

    [Fact]
    public void It_is_at_most_200_lines_long() => Assert.InRange(Repository.Lines(File).Length, 1, 200);

    [Fact]
    public void Every_folder_it_names_exists() => Rule.HasNoBreaches(Rows("| folder | what is in it |")
        .Select(r => r.Split('`')[1]).Where(f => f != "artifacts/" && !Directory.Exists(Path.Combine(Repository.Root, f))));

    [Fact]
    public void Every_folder_that_a_reader_lands_in_has_a_README() => Rule.HasNoBreaches(
        ((string[])[".", "build", "build/Build", "build/ImageBuilder", "build/Cake.Frosting", "recipes", "components", "tests",
        "tests/ImageBuilder.Tests",
            "tests/ImageBuilder.SystemTests", "tests/bench"])
        .Where(folder => !System.IO.File.Exists(Path.Combine(Repository.Root, folder, File))));

    private static void Check(string header, IEnumerable<string> expected)
    {
        List<string> rows = [.. expected];
        if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write") Write(header, rows);
        Assert.Equal(rows, Rows(header));
    }

    private static List<string> Rows(string header) =>
        [.. Repository.Lines(File).SkipWhile(l => l != header).Skip(2).TakeWhile(l => l.StartsWith('|'))];

    private static void Write(string header, List<string> rows)
    {
        var lines = Repository.Lines(File).ToList();
        var start = lines.IndexOf(header) + 2;
        lines.RemoveRange(start, Rows(header).Count);
        lines.InsertRange(start, rows);
        System.IO.File.WriteAllLines(Path.Combine(Repository.Root, File), lines);
    }
}
