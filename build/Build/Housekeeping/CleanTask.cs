using Cake.Frosting;
using ImageBuilder.Contracts;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Clean"), TaskDescription("Remove what was built (of the selected recipes), and from the cache what no recipe needs")]
public sealed class CleanTask : TargetTask
{
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var options = session.Options;
        var (images, bytes) = RemoveImages(session);
        var place = options.Show(options.Artifacts);
        session.Close($"Removed {Figures.Count(images, "image")} ({Figures.Size(bytes)}) from {place}.");

        // All recipes: what another one needs stays.
        var planned = await session.Ports.Planner()
            .PlanAsync(new PlanRequest(options.Repository, [], options.Engine, options.Artifacts,
            options.Mirror, [], options.SourceDateEpoch), cancel);
        var wanted = planned.Plans.SelectMany(p => p.Build.Select(s => s.Key).Append(p.Parent.Key)).ToHashSet();
        var host = new EngineHost(new EngineSettings(options.Repository, options.Cache, options.Mirror), session.Ports.Programs,
            session.Ports.Clock);
        var cleaned = await RecipeBuilds.EngineOf(options, session.Ports).CleanAsync(host, new CacheCleaning { Wanted = wanted }, cancel);
        session.Close($"Removed {Figures.Count(cleaned.Layers.Count, "layer")} ({Figures.Size(cleaned.Bytes)}) from {options.Cache}; "
            + $"those of {Figures.Count(planned.Plans.Count, "recipe")} stay.");
    }

    // A folder with a plan is an image of ours; whatever else lies in the artifacts folder is somebody's own.
    private static (int Images, long Bytes) RemoveImages(Session session)
    {
        var images = 0;
        var bytes = 0L;
        var root = new DirectoryInfo(session.Options.Artifacts);
        foreach (var recipe in root.Exists ? root.EnumerateDirectories().Where(r => IsSelected(session.Options, r.Name)) : [])
        {
            foreach (var image in recipe.EnumerateDirectories()
                .Where(v => File.Exists(Path.Combine(v.FullName, RecordFiles.PlanFile))))
            {
                bytes += image.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
                image.Delete(recursive: true);
                images++;
            }

            if (!recipe.EnumerateFileSystemInfos().Any()) recipe.Delete();
        }

        return (images, bytes);
    }

    private static bool IsSelected(Options options, string recipe) => options.Recipes.Count == 0
        || options.Recipes.Any(pattern => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(
        pattern, recipe, ignoreCase: false));
}
