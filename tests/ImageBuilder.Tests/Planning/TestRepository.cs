using System.Runtime.CompilerServices;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Planning;

/// <summary>A repository in a temporary folder, with a recipe that can be planned and nothing else.</summary>
internal sealed class TestRepository : IDisposable
{
    public const string Recipe = """
        schemaVersion: 1.0
        name: small
        version: 1.0.x
        parentImage: { local: debian:12 }
        components:
          - { name: app }
        disk: { size: 1GiB }
        outputs: [raw]

        """;

    public string Root { get; } = Directory.CreateTempSubdirectory("imagebuilder-").FullName;

    public string Artifacts => Path.Combine(Root, "artifacts");

    public FakeDistribution Distribution { get; set; } = new();

    public TestRepository With(string path, string content)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!); // below the root
        File.WriteAllText(full, content);
        return this;
    }

    public TestRepository WithApp(string document) => With("recipes/small/recipe.yml", Recipe).With("components/app/1.0.0/component.yml", document);

    public Plan Plan(long? epoch = null, params IReadOnlyList<string> outputs) => PlanAll(epoch, outputs).Plans[0];

    public Planned PlanAll(long? epoch = null, params IReadOnlyList<string> outputs) =>
        Plan(Distribution, new PlanRequest(Root, [], "local", Artifacts, null, outputs, epoch));

    public IReadOnlyList<Problem> Problems(params IReadOnlyList<string> recipes)
    {
        try
        {
            return Plan(Distribution, new PlanRequest(Root, recipes, "local", Artifacts, null, [], null)).Warnings;
        }
        catch (ProblemException e)
        {
            Assert.Equal(ExitCode.Usage, e.Exit);
            return e.Problems;
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>The repository that the tests belong to.</summary>
    public static string OfOurs([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../..")); // a compiler-given path has a folder

    /// <summary>The plans of all recipes of the repository that the tests belong to.</summary>
    public static IReadOnlyList<Plan> PlanOurs() =>
        Plan(new FakeDistribution(), new PlanRequest(OfOurs(), [], "local", "/nonexistent", null, [], null)).Plans;

    // Planning has nothing to wait for: the task has ended when it is there.
    private static Planned Plan(IDistribution distribution, PlanRequest request) =>
        new Planner { Distributions = [distribution], FormatNames = ["raw", "qcow2", "vmdk", "vhdx", "vhd", "ova"] }
            .PlanAsync(request, CancellationToken.None).GetAwaiter().GetResult();
}
