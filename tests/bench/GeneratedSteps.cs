using System.Globalization;
using System.Text;

namespace Bench;

/// <summary>A recipe whose steps do nothing, for measuring what a step costs besides what it does.</summary>
internal static class GeneratedSteps
{
    public const string Recipe = "bench-steps";

    // A document has its limits; a thousand steps take several.
    private const int StepsEach = 100;

    /// <summary>Writes the recipe and its components into a repository.</summary>
    public static void Write(string repository, int count)
    {
        var uses = new StringBuilder();
        for (var first = 0; first < count; first += StepsEach)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"bench-steps-{first}");
            uses.Append(CultureInfo.InvariantCulture, $"  - {{ name: {name}, version: 1.0.0 }}\n");
            Write(Path.Combine(repository, "components", name, "1.0.0", "component.yml"),
                "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n" + string.Concat(Enumerable.Range(first, Math.Min(StepsEach, count - first))
                    .Select(i => $"      - {{ name: Step{i}, action: ExecuteBash, inputs: {{ commands: ['true {i}'] }} }}\n")));
        }

        Write(Path.Combine(repository, "recipes", Recipe, "recipe.yml"), $$"""
            schemaVersion: 1.0
            name: {{Recipe}}
            version: 1.0.0
            description: Steps that do nothing.
            platform: Linux
            architecture: x86_64
            parentImage: { local: debian:12 }
            components:
            {{uses}}
            disk: { size: 1GiB, fileSystem: ext4, firmware: [bios] }
            outputs: [raw]

            """);
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // below the repository
        File.WriteAllText(path, text);
    }
}
