using ImageBuilder.Model;
using Scriban.Runtime;

namespace ImageBuilder.Planning;

/// <summary>Conditions as bash: calls of the functions in <c>Planning/Conditions.sh.sbn</c>, one for each operator.</summary>
internal static class ConditionScript
{
    /// <summary>An expression that succeeds when the condition holds. It stops at the first part that decides.</summary>
    public static string Test(Condition condition) => condition switch
    {
        Condition.Comparison { Value: { } value } comparison => $"{comparison.Operator} {Marks.Quote(comparison.Baseline)} {Marks.Quote(value)}",
        Condition.Comparison comparison => $"{comparison.Operator} {Marks.Quote(comparison.Baseline)}",
        Condition.All all => $"{{ {string.Join(" && ", all.Conditions.Select(Test))}; }}",
        Condition.Any any => $"{{ {string.Join(" || ", any.Conditions.Select(Test))}; }}",
        Condition.Not { Negated: Condition.Not inner } => $"! {{ {Test(inner)}; }}",
        Condition.Not not => $"! {Test(not.Negated)}",
        _ => throw new InvalidOperationException($"{condition.GetType().Name} is not a condition."),
    };

    /// <summary>Which functions the condition needs.</summary>
    public static ScriptObject Model(Condition condition)
    {
        var used = condition.Operators.ToHashSet();
        var model = new ScriptObject();
        foreach (var name in ConditionReader.Single.Concat(ConditionReader.Comparing).Concat(ConditionReader.Hashing)) model[name] = used.Contains(name);
        model["numbers"] = used.Any(o => o.StartsWith("number", StringComparison.Ordinal));
        return model;
    }
}
