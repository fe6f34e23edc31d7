using System.Text.RegularExpressions;

namespace ImageBuilder.Tests.House;

/// <summary>Problem codes are promises: each means one thing, and build/PROBLEMS.md says what.</summary>
public sealed partial class ProblemCodes
{
    private static readonly List<(string Code, string File)> s_used =
    [
        .. Repository.Sources("build").SelectMany(f => Literal().Matches(Repository.Text(f))
            .Select(m => (m.Groups["code"].Value, f))),
    ];

    private static readonly List<string[]> s_rows =
    [
        .. Repository.Lines("build/PROBLEMS.md").Where(l => Row().IsMatch(l))
            .Select(l => l.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)),
    ];

    [Fact]
    public void Each_code_is_used_at_one_place() => Rule.HasNoBreaches(s_used.GroupBy(u => u.Code).Where(g => g.Count() > 1)
        .Select(g => $"{g.Key}: {string.Join(", ", g.Select(u => u.File))}"));

    [Fact]
    public void Each_code_of_the_sources_has_a_row_in_the_table() =>
        Rule.HasNoBreaches(s_used.Where(u => !s_rows.Exists(r => r[0] == u.Code))
        .Select(u => $"{u.Code}, used in {u.File}, has no row"));

    [Fact]
    public void Each_row_of_the_table_has_a_code_of_the_sources() =>
        Rule.HasNoBreaches(s_rows.Where(r => !s_used.Exists(u => u.Code == r[0]))
        .Select(r => $"{r[0]} is nowhere in the sources"));

    [Fact]
    public void The_table_is_sorted() => Assert.Equal(s_rows.Select(r => r[0]).Distinct().Order(StringComparer.Ordinal),
        s_rows.Select(r => r[0]));

    [Fact]
    public void Every_row_says_what_it_means_and_how_to_mend_it() => Assert.All(s_rows, row =>
    {
        Assert.Equal(3, row.Length);
        Assert.All(row, cell => Assert.NotEmpty(cell));
    });

    [GeneratedRegex("\"(?<code>IB\\d{4})\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"^\| IB\d{4} \|")]
    private static partial Regex Row();
}
