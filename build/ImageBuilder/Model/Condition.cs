namespace ImageBuilder.Model;

/// <summary>What <c>Assert</c> asserts: a comparison, or comparisons joined by <c>and</c>, <c>or</c>, <c>not</c>.</summary>
public abstract record Condition
{
    /// <summary>An operator with its own argument (the baseline) and the value it looks at; null for operators with one argument.</summary>
    public sealed record Comparison(string Operator, string Baseline, string? Value) : Condition;

    public sealed record All(IReadOnlyList<Condition> Conditions) : Condition;

    public sealed record Any(IReadOnlyList<Condition> Conditions) : Condition;

    public sealed record Not(Condition Negated) : Condition;

    /// <summary>The operators in it.</summary>
    public IEnumerable<string> Operators => this switch
    {
        Comparison comparison => [comparison.Operator],
        All all => all.Conditions.SelectMany(c => c.Operators),
        Any any => any.Conditions.SelectMany(c => c.Operators),
        Not not => not.Negated.Operators,
        _ => [],
    };
}
