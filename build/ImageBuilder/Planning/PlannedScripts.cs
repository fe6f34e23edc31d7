using System.Globalization;
using System.Text;
using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>The rendered scripts of a plan as files for people to read.</summary>
public static class PlannedScripts
{
    /// <summary>Name and text of each script: build, validate and test steps in the order in which they run.</summary>
    public static IReadOnlyList<(string Name, string Text)> Of(Plan plan) =>
    [
        .. plan.Build.Concat(plan.Validate).Concat(plan.Test).Select((step, i) =>
            (string.Create(CultureInfo.InvariantCulture, $"{i + 1:D3}-{Plain(step.Component)}-{step.Phase}-{Plain(step.Name)}.sh"), step.Script.ToString())),
    ];

    private static string Plain(string name)
    {
        var plain = new StringBuilder();
        foreach (var c in name) plain.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_');
        return plain.Length > 60 ? plain.ToString(0, 60) : plain.ToString();
    }
}
