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
}
