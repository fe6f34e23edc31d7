using ImageBuilder.Tests.Program;

namespace ImageBuilder.Tests.Pipelines;

/// <summary>A repository of recipes that start from each other.</summary>
internal sealed class CiRepository : IDisposable
{
    public FakeWorld World { get; } = new() { Planner = new ImageBuilder.Planning.Planner() };

    public string Folder => World.Folder;

    public static CiRepository WithFamily()
    {
        var repository = new CiRepository();
        repository.Add("web", "recipe:base@1.x.x");
        repository.Add("base", "debian:12");
        repository.Add("other", "debian:13");
        return repository;
    }

    public void Add(string name, string parent, string engine = "local") => World.Write($"recipes/{name}/recipe.yml", $$"""
        schemaVersion: 1.0
        name: '{{name}}'
        version: 1.0.x
        parentImage: { {{engine}}: '{{parent}}' }
        disk: { size: 2GiB, firmware: [bios] }

        """);

    public string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public bool Has(string file) => File.Exists(Path.Combine(Folder, file));

    public void Dispose() => World.Dispose();
}
