using System.Globalization;
using System.Numerics;
using CsCheck;
using ImageBuilder.Model;
using ImageBuilder.Planning;

namespace ImageBuilder.Tests.Actions;

/// <summary>The operators of conditions, run by PowerShell: what the table says of bash holds here too.</summary>
[Collection(InPowerShell.Name)]
public sealed class PowerShellConditionTests(PowerShellEngine engine) : IDisposable
{
    private readonly PowerShellFolder _folder = new(engine);

    [Fact]
    public void Operators_do_what_the_table_says()
    {
        File.WriteAllText(_folder.At("empty"), "");
        // .NET takes devices for files.
        var rows = ConditionTests.Table.Select(r => r.Data).Where(r => r.Item3 != "/dev/null").ToList();
        var held = Hold([.. rows.Select(r => new Condition.Comparison(r.Item1, r.Item2, r.Item3 is "empty" or "none" ? _folder.At(r.Item3) : r.Item3))]);
        Assert.Equal(rows, rows.Zip(held, (row, holds) => (row.Item1, row.Item2, row.Item3, holds)));
    }

    [Fact]
    public void Conditions_are_joined_as_in_logic()
    {
        Condition yes = new Condition.Comparison("stringIsEmpty", "", null), no = new Condition.Comparison("stringIsEmpty", "x", null);
        Assert.Equal([true, false, true, false, false, true, true, true, false], Hold(
            new Condition.All([yes, yes]), new Condition.All([yes, no, yes]), new Condition.Any([no, yes]), new Condition.Any([no, no]),
            new Condition.Not(yes), new Condition.Not(new Condition.Not(yes)), new Condition.All([new Condition.Any([no, yes]), new Condition.Not(no)]),
            new Condition.Not(new Condition.All([yes, new Condition.Not(yes)])), new Condition.Not(new Condition.Not(new Condition.Not(yes)))));
    }

    [Fact]
    public void Numbers_are_compared_exactly()
    {
        var number = Gen.Select(Gen.Int[0, 2].Select(i => i switch { 0 => "", 1 => "-", _ => "+" }), Gen.String[Gen.Char['0', '9'], 1, 25], Gen.String[Gen.Char['0', '9'], 0, 6]);
        var pairs = Gen.Select(number, number, Gen.Bool, (a, b, same) => (A: a, B: same ? (b.Item1, a.Item2, a.Item3) : b)).Array[50].Single();
        string[] operators = ["numberEquals", "numberLessThan", "numberLessThanEquals", "numberGreaterThan", "numberGreaterThanEquals"];
        var held = Hold([.. pairs.SelectMany(p => operators.Select(o => new Condition.Comparison(o, Text(p.A), Text(p.B))))]);
        Assert.Equal(pairs.SelectMany(p =>
        {
            var order = Value(p.B).CompareTo(Value(p.A));
            return new[] { order == 0, order < 0, order <= 0, order > 0, order >= 0 };
        }), held);

        static string Text((string Sign, string Whole, string Fraction) n) => n.Sign + n.Whole + (n.Fraction.Length > 0 ? "." + n.Fraction : "");
        static BigInteger Value((string Sign, string Whole, string Fraction) n) =>
            BigInteger.Parse(n.Sign + n.Whole + n.Fraction.PadRight(6, '0'), CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_program_is_found_by_the_endings_of_programs()
    {
        _folder.Pretend("tool.EXE", "");
        Environment.SetEnvironmentVariable("PATHEXT", ".COM;.EXE");
        Assert.Equal([true, true, false, false], Hold(Exists("tool"), Exists("tool.EXE"), Exists("tool.EXE.EXE"), Exists("")));
        Environment.SetEnvironmentVariable("PATHEXT", null);

        static Condition Exists(string name) => new Condition.Comparison("binaryExists", name, null);
    }

    [Fact]
    public void Named_groups_may_be_written_as_in_Go() =>
        Assert.Equal([true], Hold(new Condition.Comparison("patternMatches", @"^(?P<year>\d{4})-", "2026-11")));

    [Fact]
    public void Assert_says_whether_the_condition_holds()
    {
        var yes = _folder.Run("Assert", """{ not: { stringEquals: a, value: b } }""");
        var no = _folder.Run("Assert", """{ and: [{ stringEquals: a, value: b }] }""");
        Assert.Equal((0, "Assert: the condition holds\n", ""), (yes.ExitCode, yes.Output, yes.Error));
        Assert.Equal((1, "", "Assert: the condition does not hold\n"), (no.ExitCode, no.Output, no.Error));
    }

    public void Dispose() => _folder.Dispose();

    // One script for all: each condition writes whether it holds.
    private IReadOnlyList<bool> Hold(params IReadOnlyList<Condition> conditions)
    {
        var dialect = Dialect.Of(Shell.PowerShell);
        var functions = new Templates(dialect).Render("Planning/Conditions", ConditionScript.Model(new Condition.All(conditions)));
        var run = _folder.RunScript($"{dialect.Prelude("Conditions")}{functions}\n"
            + string.Concat(conditions.Select(c => $"$Host.UI.WriteLine([string] ({dialect.Test(c)}))\n")));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return [.. run.Output.TrimEnd('\n').Split('\n').Select(bool.Parse)];
    }
}
