using System.Text.RegularExpressions;

namespace ImageBuilder.Tests.House;

/// <summary>How sources look (build/README.md, "Rules").</summary>
public sealed partial class SourceRules
{
    private const int LinesInFile = 400;
    private const int Columns = 180;
    private const int LinesInMethod = 60;

    private static IEnumerable<string> AllSources => Repository.Sources("build").Concat(Repository.Sources("tests"));

    [Fact]
    public void No_file_is_longer_than_400_lines() =>
        Rule.HasNoBreaches(AllSources.Where(f => Repository.Lines(f).Length > LinesInFile)
        .Select(f => $"{f}: {Repository.Lines(f).Length} lines"));

    [Fact]
    public void No_line_is_too_wide() => Rule.HasNoBreaches(AllSources.SelectMany(f => Repository.Lines(f).Index()
        .Where(l => l.Item.Length > Columns).Select(l => $"{f}:{l.Index + 1}: {l.Item.Length} columns")));

    [Fact]
    public void No_method_is_longer_than_60_lines() => Rule.HasNoBreaches(Repository.Sources("build").SelectMany(f => MembersOf(f)
        .Where(m => m.Lines > LinesInMethod).Select(m => $"{f}:{m.Start}: {m.Lines} lines")));

    [Fact]
    public void The_whole_pipeline_is_one_file_under_200_lines() =>
        Assert.InRange(Repository.Lines("build/Build/Pipeline.cs").Length, 1, 199);

    [Fact]
    public void A_folder_is_a_namespace() => Rule.HasNoBreaches(Repository.Sources("build/ImageBuilder")
        .Concat(Repository.Sources("build/Build"))
        .Select(f => (File: f, Expected: Path.GetDirectoryName(f)!["build/".Length..].Replace(
        '/', '.'))) // every source has a folder
        .Where(f => !Repository.Text(f.File).Contains($"namespace {f.Expected};", StringComparison.Ordinal))
        .Select(f => $"{f.File}: expected namespace {f.Expected}"));

    [Fact]
    public void Every_public_type_says_what_it_is_for() => Rule.HasNoBreaches(Repository.Sources("build/ImageBuilder")
        .SelectMany(f =>
    {
        var lines = Repository.Lines(f);
        return lines.Index().Where(l => PublicType().IsMatch(l.Item) && !IsDocumented(lines, l.Index))
            .Select(l => $"{f}:{l.Index + 1}: {l.Item}");
    }));

    [Fact]
    public void Names_do_not_hide_what_a_class_does() => Rule.HasNoBreaches(Repository.Sources("build/ImageBuilder")
        .Concat(Repository.Sources("build/Build"))
        .SelectMany(f => Repository.Lines(f).Select(l => VagueName().Match(l)).Where(m => m.Success)
        .Select(m => $"{f}: {m.Value}")));

    [Fact]
    public void Usings_are_in_order() => Rule.HasNoBreaches(Repository.Sources("build").Concat(Repository.Sources("tests")).Where(file =>
    {
        var names = Repository.Lines(file).TakeWhile(l => !l.StartsWith("namespace", StringComparison.Ordinal))
            .Where(l => l.StartsWith("using ", StringComparison.Ordinal) && !l.Contains('=', StringComparison.Ordinal)
                && !l.StartsWith("using static", StringComparison.Ordinal)).ToList();
        return !names.SequenceEqual(names.OrderBy(n => !n.StartsWith("using System", StringComparison.Ordinal)).ThenBy(n => n.TrimEnd(';'), StringComparer.OrdinalIgnoreCase));
    }));

    [Fact]
    public void Nothing_waits_by_blocking_a_thread() => Rule.HasNoBreaches(Repository.Sources("build/ImageBuilder")
        .Concat(Repository.Sources("build/Build"))
        .SelectMany(f => Repository.Lines(f).Index().Where(l => Blocking().IsMatch(l.Item))
        .Select(l => $"{f}:{l.Index + 1}: {l.Item.Trim()}")));

    [Fact]
    public void Nothing_is_left_for_later() =>
        Rule.HasNoBreaches(AllSources.Where(f => !f.EndsWith("SourceRules.cs", StringComparison.Ordinal))
        .SelectMany(f => Repository.Lines(f).Index().Where(l => Unfinished().IsMatch(l.Item))
        .Select(l => $"{f}:{l.Index + 1}: {l.Item.Trim()}")));

    [Fact]
    public void Processes_are_started_in_one_class_only() =>
        Rule.HasNoBreaches(Repository.Sources("build/ImageBuilder").Concat(Repository.Sources("build/Build"))
        .Where(f => f != "build/ImageBuilder/Processes/ProgramRunner.cs" && StartsProcess().IsMatch(Repository.Text(f))));

    // Members of a class stand at four spaces, and their braces on lines of their own.
    private static IEnumerable<(int Start, int Lines)> MembersOf(string file)
    {
        var start = 0;
        var lines = Repository.Lines(file);
        foreach (var (index, line) in lines.Index())
        {
            if (line == "    {" && !InnerType().IsMatch(lines[index - 1])) start = index;
            if (line is "    }" or "    };" && start > 0)
            {
                yield return (start, index - start - 1);
                start = 0;
            }
        }
    }

    private static bool IsDocumented(string[] lines, int index)
    {
        // Attributes stand between.
        while (--index >= 0 && lines[index].Length > 0 && lines[index] != "}")
            if (lines[index].StartsWith("///", StringComparison.Ordinal)) return true;
        return false;
    }

    [GeneratedRegex(@"^public ((sealed|static|abstract|readonly|partial) )*(class|record|interface|enum|struct) (?!\w*Extensions)")]
    private static partial Regex PublicType();

    [GeneratedRegex(@"^    \S.*\b(class|record|struct|interface) |^    +(where|:) ")]
    private static partial Regex InnerType();

    [GeneratedRegex(@"\b(class|record|interface|struct) \w*(Manager|Helper|Util|Utils|Service|Common)\b")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"Thread\.Sleep|\.GetAwaiter\(\)\.GetResult\(\)|\.Result\b(?!s)|\.Wait\(\)|async void")]
    private static partial Regex Blocking();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bProcess\.Start\(|new Process\b|new ProcessStartInfo\b")]
    private static partial Regex StartsProcess();
}
