using System.Text;
using Cake.Frosting;
using ImageBuilder.Problems;
using ImageBuilder.Reading;
using ImageBuilder.Records;

namespace Build.Housekeeping;

[TaskName("New"), TaskDescription("Start a recipe (--recipe=NAME) or a component (--component=NAME) of your own")]
public sealed class NewTask : TargetTask
{
    // Components of this repository that every new recipe starts with, where they are.
    private static readonly string[] s_parts = ["network-dhcp"];
    private static readonly string[] s_tests = ["test-boot", "test-no-failed-units"];

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var options = session.Options;
        if (options.Component is null && options.Recipes.Count == 0)
            throw new ProblemException(ExitCode.Usage, new Problem("IB7010", "New needs a name.",
                "Neither --recipe= nor --component= was given.",
                "Write `./build.sh --target=New --recipe=my-image`."));
        if (options.Component is { } component)
            await WriteAsync(session, component, $"components/{component}/1.0.0/component.yml", ComponentText(component),
                $"Name it under `components:` of a recipe: `- name: {component}`", cancel);
        foreach (var recipe in options.Recipes)
            await WriteAsync(session, recipe, $"recipes/{recipe}/recipe.yml", RecipeText(options.Repository, recipe),
                $"./build.sh --target=Image --recipe={recipe}", cancel);
    }

    private static async Task WriteAsync(Session session, string name, string file, string text, string next,
        CancellationToken cancel)
    {
        if (!RepositoryNames.IsName(name))
            throw new ProblemException(ExitCode.Usage, new Problem("IB7011", $"`{name}` cannot be a name.",
                "Names are lower-case letters, digits and `-`, `_`, `.` between them: they become names of folders and files.",
                "Choose another name."));
        var path = Path.Combine(session.Options.Repository, file);
        if (File.Exists(path))
            throw new ProblemException(ExitCode.Usage, new Problem("IB7012", $"`{file}` exists already.",
                "New never writes over anything.",
                "Choose another name, or edit that file.", new Place(file)));
        await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), cancel);
        session.Close($"Wrote {file}. Edit it, then:", $"  {next}");
    }

    private static string RecipeText(string repository, string name) => $"""
        schemaVersion: 1.0
        name: {name}
        version: 1.0.x                  # x: the next free number
        description: What this image is for.
        platform: Linux
        architecture: x86_64
        parentImage:
          local: debian:12

        components:{Uses(repository, s_parts)}
        tests:{Uses(repository, s_tests)}
        disk:
          size: 2GiB
          fileSystem: ext4
          firmware: [bios, uefi]

        outputs: [qcow2]

        """;

    private static string Uses(string repository, IEnumerable<string> components)
    {
        var there = components.Where(c => Directory.Exists(Path.Combine(repository, "components", c))).ToList();
        return there.Count == 0 ? " []\n" : $"\n{string.Concat(there.Select(c => $"  - name: {c}\n    version: 1.x.x\n"))}";
    }

    private static string ComponentText(string name) => $$$"""
        schemaVersion: 1.0
        name: {{{name}}}
        description: What this component brings.

        parameters:
          - Greeting:
              type: string
              default: Hello
              description: What the file says.

        phases:
          - name: build
            steps:
              - name: Install
                action: CreateFile
                inputs:
                  - path: /etc/{{{name}}}.txt
                    permissions: "0644"
                    content: |
                      {{ Greeting }}

          - name: validate
            steps:
              - name: CheckFile
                action: Assert
                inputs:
                  fileExists: /etc/{{{name}}}.txt

          - name: test
            steps:
              - name: ReadFile
                action: ExecuteBash
                inputs:
                  commands:
                    - grep -q '{{ Greeting }}' /etc/{{{name}}}.txt

        """;
}
