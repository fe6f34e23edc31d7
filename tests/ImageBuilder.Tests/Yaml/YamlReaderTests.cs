using CsCheck;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Tests.Yaml;

public sealed class YamlReaderTests
{
    [Fact]
    public void Keys_and_values_know_where_they_stand()
    {
        var map = Assert.IsType<YamlMap>(Read("# a comment\nname: web\nsteps:\n  - action: |\n      text\n"));
        Assert.Equal("f.yml:2:1", map.Entries[0].Key.At.ToString());
        Assert.Equal("f.yml:2:7", map.Entries[0].Value.At.ToString());
        var step = Assert.IsType<YamlMap>(Assert.IsType<YamlList>(map.Find("steps")!.Value).Items[0]);
        Assert.Equal("f.yml:4:5", step.At.ToString());
        Assert.Equal("text\n", Assert.IsType<YamlScalar>(step.Find("action")!.Value).Text);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_text() => Assert.Equal("name", Assert.IsType<YamlMap>(Read("\ufeffname: web\n")).Entries[0].Key.Text);

    [Fact]
    public void Merged_maps_give_what_the_map_itself_does_not_say()
    {
        var map = Assert.IsType<YamlMap>(Read("a: &a { x: 1, y: 2 }\nb: &b { y: 3, z: 4 }\nc:\n  <<: [*a, *b]\n  x: 9\n"));
        var merged = Assert.IsType<YamlMap>(map.Find("c")!.Value);
        Assert.Equal(["x=9", "y=2", "z=4"], merged.Entries.Select(e => $"{e.Key.Text}={((YamlScalar)e.Value).Text}"));
    }

    [Theory]
    [InlineData("a:", true)]
    [InlineData("a: ~", true)]
    [InlineData("a: null", true)]
    [InlineData("a: ''", false)]
    [InlineData("a: 'null'", false)]
    [InlineData("a: !!str null", false)]
    [InlineData("a: |\n  null", false)]
    public void Only_plain_values_can_be_nothing(string text, bool nothing) =>
        Assert.Equal(nothing, Assert.IsType<YamlMap>(Read(text)).Find("a")!.Value.IsNull);

    [Fact]
    public void JSON_is_read_with_tabs_escapes_and_surrogate_pairs()
    {
        var map = Assert.IsType<YamlMap>(Read("{\n\t\"name\": \"a\\u00e9\\ud83d\\ude00\\/b\",\n\t\"list\": [1, true, \"x\\ty\"]\n}\n"));
        Assert.Equal("aé😀/b", Assert.IsType<YamlScalar>(map.Find("name")!.Value).Text);
        Assert.Equal("x\ty", Assert.IsType<YamlScalar>(Assert.IsType<YamlList>(map.Find("list")!.Value).Items[2]).Text);
    }

    [Fact]
    public void An_alias_stands_for_its_anchor()
    {
        var map = Assert.IsType<YamlMap>(Read("a: &x [1, 2]\nb: *x"));
        Assert.Same(map.Entries[0].Value, map.Entries[1].Value);
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "a: &a [x, x]\n" + string.Concat(Enumerable.Range(0, 26).Select(i => $"{(char)('b' + i)}{i}: &{(char)('b' + i)} [*{(char)('a' + i)}, *{(char)('a' + i)}]\n")), "IB1009" },
        { new string('[', 60_000), "IB1010" },
        { string.Concat(Enumerable.Repeat("- ", 30_000)), "IB1010" },
        { string.Concat(Enumerable.Range(0, 300).Select(i => new string(' ', i) + "a:\n")), "IB1010" },
        { new string('x', 70_000), "IB1003" },
        { "a: 1\nb: 2\na: 3", "IB1007" },
        { "a: !ruby/object:Gem x", "IB1011" },
        { "a: !!binary aGVsbG8=", "IB1011" },
        { "a: &a [*a]", "IB1008" },
        { "a: *b", "IB1008" },
        { "{a: 1}: b", "IB1006" },
        { "a: 1\n---\nb: 2", "IB1005" },
        { "", "IB1004" },
        { "# nothing", "IB1004" },
        { "a: \"\\0\"", "IB1012" },
        { "a: \"\\ud800\"", "IB1002" },
        { "a: [1, 2", "IB1002" },
        { "a:\n\t- b", "IB1002" },
        { "a:\n    b: { c: d,\n  e: f }", "IB1002" },
        { "%YAML 9.9\n---\na: 1", "IB1002" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public void Hostile_text_is_refused_at_once(string text, string code)
    {
        var problems = new ProblemBag();
        var before = GC.GetAllocatedBytesForCurrentThread();
        YamlReader.Read(text, "f.yml", YamlReader.DocumentLimit, problems);
        Assert.Equal(code, Assert.Single(problems.All).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    private static readonly string[] s_pieces =
    [
        " ", "\n", "  ", "    ", "a", "b", "'", "\"", ":", ": ", "- ", ",", ", ", "{", "}", "[", "]", "|\n", ">-\n", "&a ", "*a", "!!str ", "? ", "#", " #", "%",
        "@", "\t", "---\n", "...\n", "\u00e9", "\\",
    ];

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i])
            .Array[1, 40].Select(string.Concat).Sample(text =>
        {
            var problems = new ProblemBag();
            return YamlReader.Read(text, "f.yml", YamlReader.DocumentLimit, problems) is not null || problems.HasErrors;
        }, iter: 20_000);

    [Fact]
    public void Keys_without_end_that_stand_twice_are_not_all_told()
    {
        var problems = new ProblemBag();
        Assert.Null(YamlReader.Read(string.Concat(Enumerable.Repeat("a: b\n", 200_000)), "f.yml", YamlReader.RecipeLimit, problems));
        Assert.Equal((101, "IB1013"), (problems.All.Count, problems.All[^1].Code));
    }

    [Fact]
    public void A_file_of_a_gigabyte_is_refused_unread()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenWrite(path)) file.SetLength(1L << 30);
            var problems = new ProblemBag();
            Assert.Null(YamlReader.ReadFile(path, "f.yml", YamlReader.RecipeLimit, problems));
            Assert.Equal("IB1003", Assert.Single(problems.All).Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_is_not_UTF_8_is_refused()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [0x61, 0x3A, 0x20, 0xFF]);
            var problems = new ProblemBag();
            Assert.Null(YamlReader.ReadFile(path, "f.yml", YamlReader.RecipeLimit, problems));
            Assert.Equal("IB1001", Assert.Single(problems.All).Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static YamlNode Read(string text)
    {
        var problems = new ProblemBag();
        var node = YamlReader.Read(text, "f.yml", YamlReader.DocumentLimit, problems);
        Assert.Empty(problems.All);
        return node!; // without problems there is a document
    }
}
