using System.Globalization;
using System.Numerics;
using CsCheck;
using ImageBuilder.Model;
using ImageBuilder.Planning;

namespace ImageBuilder.Tests.Actions;

/// <summary>The operators of conditions, run by bash. The baseline stands first, the value that is looked at second.</summary>
public sealed class ConditionTests : IDisposable
{
    private readonly ScriptFolder _folder = new();
    private readonly Dialect _dialect = Dialect.Of(Shell.Bash);

    private const string Sha512OfNothing =
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

    public static TheoryData<string, string, string?, bool> Table => new()
    {
        { "stringIsEmpty", "", null, true },
        { "stringIsEmpty", " ", null, false },
        { "stringIsWhitespace", "  ", null, true },
        { "stringIsWhitespace", "\t\n", null, true },
        { "stringIsWhitespace", "", null, false },
        { "stringIsWhitespace", " x ", null, false },
        { "stringEquals", "abc", "abc", true },
        { "stringEquals", "abc", "ABC", false },
        { "stringEquals", "abc", " abc", false },
        { "stringEquals", "*", "abc", false },
        { "stringLessThan", "b", "A", true },
        { "stringLessThan", "B", "a", true },
        { "stringLessThan", "A", "a", false },
        { "stringLessThan", "a", "1", true },
        { "stringLessThanEquals", "A", "a", true },
        { "stringLessThanEquals", "a", "b", false },
        { "stringGreaterThan", "a", "B", true },
        { "stringGreaterThan", "a", "A", false },
        { "stringGreaterThanEquals", "a", "A", true },
        { "stringGreaterThanEquals", "b", "a", false },
        { "patternMatches", "^[a-z]+$", "value", true },
        { "patternMatches", "^[a-z]+$", "ThisIsValue", false },
        { "patternMatches", "(?i)^[a-z]+$", "ThisIsValue", true },
        { "patternMatches", "is", "ThisIsValue", true },
        { "patternMatches", @"^\d{2}\.\w+$", "12.ab", true },
        { "patternMatches", "^$", "", true },
        { "patternMatches", "^b$", "a\nb\nc", false },
        { "patternMatches", "(?m)^b$", "a\nb\nc", true },
        { "patternMatches", "-x", "a-x", true },
        { "numberEquals", "1", "1.0", true },
        { "numberEquals", "+007", "7", true },
        { "numberEquals", "-0", "0.00", true },
        { "numberEquals", "1", "one", false },
        { "numberEquals", ".5", "0.5", false },
        { "numberEquals", "1e3", "1000", false },
        { "numberGreaterThan", "1", "2", true },
        { "numberGreaterThan", "2", "1", false },
        { "numberGreaterThan", "9", "10", true },
        { "numberGreaterThan", "0.5", "0.45", false },
        { "numberGreaterThan", "-1", "-2", false },
        { "numberGreaterThan", "x", "2", false },
        { "numberLessThan", "1", "-1", true },
        { "numberLessThan", "123456789012345678901234567890.2", "123456789012345678901234567890.1", true },
        { "numberLessThanEquals", "2", "2.0", true },
        { "numberGreaterThanEquals", "2", "1.999", false },
        { "binaryExists", "bash", null, true },
        { "binaryExists", "no-such-program-here", null, false },
        { "binaryExists", "numberEquals", null, false },
        { "binaryExists", "-a", null, false },
        { "fileExists", "/etc/passwd", null, true },
        { "fileExists", "/etc", null, false },
        { "folderExists", "/etc", null, true },
        { "folderExists", "/etc/passwd", null, false },
        { "fileMD5Equals", "D41D8CD98F00B204E9800998ECF8427E", "/dev/null", false },
        { "fileMD5Equals", "D41D8CD98F00B204E9800998ECF8427E", "empty", true },
        { "fileSHA1Equals", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "empty", true },
        { "fileSHA256Equals", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "empty", true },
        { "fileSHA256Equals", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "none", false },
        { "fileSHA512Equals", Sha512OfNothing, "empty", true },
    };

    [Fact]
    public async Task Operators_do_what_the_table_says()
    {
        await File.WriteAllTextAsync(_folder.At("empty"), "", TestContext.Current.CancellationToken);
        var rows = Table.Select(r => r.Data).ToList();
        var held = await HoldAsync([.. rows.Select(r => new Condition.Comparison(r.Item1, r.Item2, r.Item3))]);
        Assert.Equal(rows, rows.Zip(held, (row, holds) => (row.Item1, row.Item2, row.Item3, holds)));
    }

    [Fact]
    public async Task Conditions_are_joined_as_in_logic()
    {
        Condition yes = new Condition.Comparison("stringIsEmpty", "", null), no = new Condition.Comparison("stringIsEmpty", "x", null);
        Assert.Equal([true, false, true, false, false, true, true, true, false], await HoldAsync(
            new Condition.All([yes, yes]), new Condition.All([yes, no, yes]), new Condition.Any([no, yes]), new Condition.Any([no, no]),
            new Condition.Not(yes), new Condition.Not(new Condition.Not(yes)), new Condition.All([new Condition.Any([no, yes]), new Condition.Not(no)]),
            new Condition.Not(new Condition.All([yes, new Condition.Not(yes)])), new Condition.Not(new Condition.Not(new Condition.Not(yes)))));
    }

    [Fact]
    public async Task Numbers_are_compared_exactly()
    {
        var number = Gen.Select(Gen.Int[0, 2].Select(i => i switch { 0 => "", 1 => "-", _ => "+" }), Gen.String[Gen.Char['0', '9'], 1, 25], Gen.String[Gen.Char['0', '9'], 0, 6]);
        var pairs = Gen.Select(number, number, Gen.Bool, (a, b, same) => (A: a, B: same ? (b.Item1, a.Item2, a.Item3) : b)).Array[200].Single();
        string[] operators = ["numberEquals", "numberLessThan", "numberLessThanEquals", "numberGreaterThan", "numberGreaterThanEquals"];
        var held = await HoldAsync([.. pairs.SelectMany(p => operators.Select(o => new Condition.Comparison(o, Text(p.A), Text(p.B))))]);
        var expected = pairs.SelectMany(p =>
        {
            var order = Value(p.B).CompareTo(Value(p.A));
            return new[] { order == 0, order < 0, order <= 0, order > 0, order >= 0 };
        });
        Assert.Equal(expected, held);

        static string Text((string Sign, string Whole, string Fraction) n) => n.Sign + n.Whole + (n.Fraction.Length > 0 ? "." + n.Fraction : "");
        static BigInteger Value((string Sign, string Whole, string Fraction) n) =>
            BigInteger.Parse(n.Sign + n.Whole + n.Fraction.PadRight(6, '0'), CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("fileExists: /a", "fileExists=/a")]
    [InlineData("value: '2', numberGreaterThan: 1", "numberGreaterThan=1 value=2")]
    [InlineData("fileMD5Equals: aa, path: '{{ build.One.outputs.stdout }}'", "fileMD5Equals=aa path={{ build.One.outputs.stdout }}")]
    [InlineData("and: [{ stringIsEmpty: '' }, { not: { stringEquals: 'a\"b\\', value: x } }]",
        """and=[{"stringIsEmpty": ""}, {"not": {"stringEquals": "a\"b\\", "value": "x"}}]""")]
    public void Logs_get_a_condition_as_inputs(string condition, string inputs)
    {
        var document = RenderedDocument.Of($$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: One, action: ExecuteBash, inputs: { commands: [echo a] } }
                  - { name: Two, action: Assert, inputs: { {{condition}} } }
            """);
        Assert.Equal(inputs, string.Join(' ', document.Steps[1].Planned.Inputs[0].Select(i => $"{i.Key}={i.Value}")));
    }

    public void Dispose() => _folder.Dispose();

    // One run of bash for all: each condition prints whether it holds.
    private async Task<IReadOnlyList<bool>> HoldAsync(params IReadOnlyList<Condition> conditions)
    {
        var functions = new Templates(_dialect).Render("Planning/Conditions", ConditionScript.Model(new Condition.All(conditions)));
        var run = await _folder.RunAsync(functions + "\n" + string.Concat(conditions.Select(c => $"if {_dialect.Test(c)}; then echo yes; else echo no; fi\n")));
        Assert.True(run.Succeeded, run.Error);
        return [.. run.Output.TrimEnd('\n').Split('\n').Select(l => l == "yes")];
    }
}
