using Build;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.House;

/// <summary>The tables of README.md are what the program says about itself. IMAGEBUILDER_GOLDEN=write writes them anew.</summary>
public sealed class ReadmeTables
{
    private const string File = "README.md";
    private const string SwitchHeader = "| switch | what it does |";

    // What everybody who knows Cake knows, and --target=Help explains.
    private static readonly Switch[] s_named =
    [
        Switches.Tree, Switches.Description, Switches.DryRun, Switches.Verbosity, Switches.Working, Switches.NoReport, Switches.Version, Switches.Info, Switches.Help,
    ];

    [Fact]
    public void Targets_are_those_of_the_program() =>
        Check("| target | what it does |", Targets.All.Select(t => $"| `{t.Name}` | {t.Description}. |"));

    [Fact]
    public void Switches_are_those_of_the_program() =>
        Check(SwitchHeader, Switches.All.Except(CloudSwitches.All).Except(s_named).Select(Row));

    [Fact]
    public void Switches_of_the_host_are_named() =>
        Assert.Contains(string.Join(", ", s_named.Select(s => $"`{s}`")), Repository.Text(File), StringComparison.Ordinal);

    [Fact]
    public void Switches_for_AWS_are_those_of_the_program() => Check(SwitchHeader, CloudSwitches.All.Select(Row), "build/AWS.md");

    [Fact]
    public void Variables_are_those_of_the_program() =>
        Check("| variable | what it does |", Switches.Variables.Select(v => $"| `{v.Name}` | {v.Help} |"));

    [Fact]
    public void Exit_codes_are_those_of_the_program() => Assert.Equal(
        Enum.GetValues<ExitCode>().Select(c => $"| {(int)c} |"),
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

    private static string Row(Switch one) => $"| `{one}` | {HelpText.Explain(one)} |";

    private static void Check(string header, IEnumerable<string> expected, string file = File)
    {
        List<string> rows = [.. expected];
        if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write") Write(header, rows, file);
        Assert.Equal(rows, Rows(header, file));
    }

    private static List<string> Rows(string header, string file = File) =>
        [.. Repository.Lines(file).SkipWhile(l => l != header).Skip(2).TakeWhile(l => l.StartsWith('|'))];

    private static void Write(string header, List<string> rows, string file)
    {
        var lines = Repository.Lines(file).ToList();
        var start = lines.IndexOf(header) + 2;
        lines.RemoveRange(start, Rows(header, file).Count);
        lines.InsertRange(start, rows);
        System.IO.File.WriteAllLines(Path.Combine(Repository.Root, file), lines);
    }
}
