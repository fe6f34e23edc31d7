namespace ImageBuilder.Model;

/// <summary>What <c>Assert</c> asserts: a comparison, or comparisons joined by <c>and</c>, <c>or</c>, <c>not</c>.</summary>
public abstract record Condition
{
    /// <summary>An operator with its own argument (the baseline) and the value it looks at; null for operators with one argument.</summary>
    public sealed record Comparison(string Operator, string Baseline, string? Value) : Condition;

    public sealed record All(IReadOnlyList<Condition> Conditions) : Condition;

    public sealed record Any(IReadOnlyList<Condition> Conditions) : Condition;

    public sealed record Not(Condition Negated) : Condition;

    /// <summary>The condition as the keys that it stands under in a document, each with its value; conditions in conditions as JSON.</summary>
    public IEnumerable<(string Key, string Text)> Keys => this switch
    {
        Comparison { Value: null } comparison => [(comparison.Operator, comparison.Baseline)],
        Comparison comparison =>
            [(comparison.Operator, comparison.Baseline), (comparison.Operator.StartsWith("file", StringComparison.Ordinal) ? "path" : "value", comparison.Value)],
        All all => [("and", $"[{string.Join(", ", all.Conditions)}]")],
        Any any => [("or", $"[{string.Join(", ", any.Conditions)}]")],
        Not not => [("not", not.Negated.ToString())],
        _ => [],
    };

    /// <summary>As JSON.</summary>
    public sealed override string ToString() => $"{{{string.Join(", ", Keys.Select(k => $"\"{k.Key}\": {(this is Comparison ? Quoted(k.Text) : k.Text)}"))}}}";

    // Only what would end the text: what is filled in later must be found in it.
    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

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
