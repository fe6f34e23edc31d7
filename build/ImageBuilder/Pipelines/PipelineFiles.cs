using Scriban.Runtime;

namespace ImageBuilder.Pipelines;

/// <summary>The files by which a CI system builds the recipes of a repository. The same recipes give the same bytes.</summary>
public sealed class PipelineFiles(IReadOnlyList<PipelineRecipe> recipes)
{
    private const string GitHub = ".github/workflows/images.yml";
    private const string GitLab = ".gitlab-ci.yml";
    private const string Template = ".ci/pipeline.yml";

    private readonly string[] _engines = [.. recipes.Select(r => r.Engine).Distinct().OrderDescending(StringComparer.Ordinal)];

    /// <summary>Names of the systems, as in <c>--ci=</c>.</summary>
    public static IReadOnlyList<string> Systems { get; } = ["codepipeline", "github", "gitlab"];

    /// <summary>Systems that have a file of ours.</summary>
    /// <param name="repository">Absolute path.</param>
    public static IReadOnlyList<string> UsedIn(string repository) => [.. Systems.Where(s => PathsOf(s).Any(p => PipelineFile.IsOurs(Path.Combine(repository, p))))];

    /// <summary>All files of a system.</summary>
    public IReadOnlyList<PipelineFile> Of(string system) => system switch
    {
        "github" => [File(GitHub, "github", inS3: false)],
        "gitlab" => [File(GitLab, "gitlab", inS3: false)],
        _ => [BuildSpec(PipelineJob.Images), .. PipelineJob.Steps.Select(BuildSpec), File(Template, "pipeline", inS3: true)],
    };

    private static IEnumerable<string> PathsOf(string system) => system switch
    {
        "github" => [GitHub],
        "gitlab" => [GitLab],
        _ => [BuildSpecPath(PipelineJob.Images), .. PipelineJob.Steps.Select(BuildSpecPath), Template],
    };

    private bool AnyDistributed => recipes.Any(r => r.IsDistributed);

    private PipelineFile BuildSpec(PipelineJob job)
    {
        var path = BuildSpecPath(job);
        if (!IsNeeded(job)) return new PipelineFile(path, null);
        var values = Values();
        values["job"] = Model(job, inS3: true);
        values["graph"] = job.PerRecipe && IsBatch;
        return PipelineFile.Of(path, YamlTemplate.Render("Pipelines/buildspec.sbn", values));
    }

    private static string BuildSpecPath(PipelineJob job) => $".ci/buildspec{(job == PipelineJob.Images ? "" : $".{job.Name}")}.yml";

    private PipelineFile File(string path, string template, bool inS3)
    {
        var values = Values();
        var jobs = PipelineJob.Steps.Where(IsNeeded).Select(job => Model(job, inS3)).ToList();
        values["jobs"] = jobs;
        values["projects"] = jobs.Prepend(Model(PipelineJob.Images, inS3)).ToList();
        return PipelineFile.Of(path, YamlTemplate.Render($"Pipelines/{template}.sbn", values));
    }

    private bool IsNeeded(PipelineJob job) => !job.Distributes || AnyDistributed;

    private ScriptObject Values() => new()
    {
        ["recipes"] = recipes,
        ["distributed"] = recipes.Where(r => r.IsDistributed).ToList(),
        ["mixed"] = IsMixed,
        ["on_aws"] = Names(r => r.Engine == "aws"),
        ["batch"] = IsBatch,
    };

    private string Names(Predicate<PipelineRecipe> wanted) => string.Join(' ', recipes.Where(r => wanted(r)).Select(r => r.Name));

    // One recipe needs one machine.
    private bool IsBatch => recipes.Count > 1;

    // Where the default is not right for all.
    private bool IsMixed => _engines is not ["local"];

    private ScriptObject Model(PipelineJob job, bool inS3)
    {
        var input = inS3 ? $"$CODEBUILD_SRC_DIR_{job.Takes}" : ".build/handover"; // what CodeBuild calls it
        var model = new ScriptObject();
        model.Import(job);
        model["title"] = $"{char.ToUpperInvariant(job.Name[0])}{job.Name[1..]}";
        model["build_spec"] = BuildSpecPath(job);
        model["names"] = Names(r => r.IsDistributed || !job.Distributes);
        foreach (var part in (string[])["before", "run", "after"])
        {
            model[part] = YamlTemplate.Lines("Pipelines/commands.sbn", new ScriptObject
            {
                ["part"] = part,
                ["job"] = job,
                ["input"] = input,
                ["in_s3"] = inS3,
                ["mixed"] = IsMixed,
                ["engines"] = _engines.Select(engine => IsMixed
                    ? $" --engine={engine}{string.Concat(recipes.Where(r => r.Engine == engine).Select(r => $" --recipe={r.Name}"))}" : "").ToList(),
            });
        }

        return model;
    }
}
