using ImageBuilder.Model;
using Scriban.Runtime;

namespace ImageBuilder.Planning;

/// <summary>Which of the functions that <c>Planning/Conditions</c> has for operators a condition needs.</summary>
internal static class ConditionScript
{
    public static ScriptObject Model(Condition condition)
    {
        var used = condition.Operators.ToHashSet();
        var model = new ScriptObject();
        foreach (var name in ConditionReader.Single.Concat(ConditionReader.Comparing).Concat(ConditionReader.Hashing)) model[name] = used.Contains(name);
        model["numbers"] = used.Any(o => o.StartsWith("number", StringComparison.Ordinal));
        model["orders"] = used.Any(o => o.StartsWith("stringLess", StringComparison.Ordinal) || o.StartsWith("stringGreater", StringComparison.Ordinal));
        model["digests"] = used.Any(o => ConditionReader.Hashing.Contains(o));
        return model;
    }
}
