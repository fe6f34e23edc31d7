using ImageBuilder.Contracts;
using ImageBuilder.Pipelines;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace Build;

/// <summary>The files by which CI systems build this repository's recipes.</summary>
internal static class CiFiles
{
    /// <summary>What the recipes, as they are now, would have written; their mistakes are shown at once.</summary>
    public static PipelineFiles Of(Options options) => new(RecipesOf(options));

    /// <summary>The repository's recipes in the order of building.</summary>
    public static IReadOnlyList<PipelineRecipe> RecipesOf(Options options)
    {
        var problems = new ProblemBag();
        var recipes = new PipelineRecipes(new Repository(options.Repository), [.. Catalog<IImageFormat>.All.Select(f => f.Name)], problems).Read();
        problems.ThrowIfErrors();
        return recipes;
    }

    /// <summary>Files that were written must be those of the recipes. Whoever has none is told nothing.</summary>
    public static void CheckThoseWritten(Options options)
    {
        var used = PipelineFiles.UsedIn(options.Repository);
        if (used.Count == 0) return;
        var problems = new ProblemBag();
        var files = Of(options);
        foreach (var file in used.SelectMany(files.Of))
            if (WrongWith(file, options.Repository) is { } why)
                problems.Add(new Problem("IB8501", $"`{file.Path}` is not what the recipes say.", why, "Run ./build.sh --target=Ci and commit what it writes.",
                    new Place(file.Path)));
        problems.ThrowIfErrors();
    }

    private static string? WrongWith(PipelineFile file, string repository) => (file.StateIn(repository), file.Text) switch
    {
        (FileState.Missing, not null) => "It is missing: the CI system would lack a part.",
        (FileState.Outdated, null) => "Nothing needs it any more.",
        (FileState.Outdated, _) => "Recipes were added, removed or renamed, or start from others, since it was written; or the image builder writes it otherwise now.",
        (FileState.Edited, _) => "It was changed by hand: what it says of itself is the digest of another text.",
        _ => null,
    };
}
