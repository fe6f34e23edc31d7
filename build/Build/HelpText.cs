namespace Build;

/// <summary>What is said to somebody who types nothing, or asks for help.</summary>
public static class HelpText
{
    /// <summary>At most 15 lines.</summary>
    public static IReadOnlyList<string> Welcome { get; } =
    [
        "ImageBuilderBuild turns the recipes of this repository into tested disk images.",
        "",
        "  ./build.sh --target=Doctor                   what this machine lacks",
        "  ./build.sh --target=Image                    build, test and export every recipe",
        "  ./build.sh --target=Image --recipe=NAME      one of them (patterns with * and ?)",
        "  ./build.sh --target=Plan --recipe=NAME       show what would be done, touch nothing",
        "  ./build.sh --target=New --recipe=NAME        start a recipe of your own",
        "  ./build.sh --target=Help                     every target and every switch",
        "",
        "Recipes are in recipes/, their parts in components/; README.md explains both in five minutes.",
    ];

    /// <summary>Every target, switch and variable.</summary>
    public static IEnumerable<string> All()
    {
        yield return "Usage: ./build.sh --target=TARGET [switches]";
        yield return "";
        yield return "Targets (stages first, in their order; each runs those before it):";
        foreach (var target in Targets.All) yield return Row(target.Name, target.Description);
        yield return "";
        yield return "Switches:";
        foreach (var one in Switches.All) yield return Row(one.ToString(), Explain(one));
        yield return "";
        yield return "Environment:";
        foreach (var (name, help) in Variables) yield return Row(name, help);
    }

    /// <summary>Variables of the environment that change what is done.</summary>
    public static IEnumerable<(string Name, string Help)> Variables => Switches.All.Where(s => s.Variable is not null)
        .Select(s => (s.Variable!, $"Stands for `--{s.Name}=`, where that is not given."))
        .Concat(Switches.Variables); // chosen by the line above

    /// <summary>A switch's help with its default and the variable that stands for it.</summary>
    public static string Explain(Switch one) => one.Help
        + (one.Default.Length == 0 ? "" : $" Default: {one.Default}.") + (one.Variable is null ? "" : $" Also: {one.Variable}.");

    private static string Row(string name, string text) => $"  {name,-22} {text}";
}
