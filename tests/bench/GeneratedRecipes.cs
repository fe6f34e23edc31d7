using System.Globalization;
using System.Text;

namespace Bench;

/// <summary>A repository of many recipes, each of ten components, for measuring how long planning takes.</summary>
internal static class GeneratedRecipes
{
    private const int Components = 200;
    private const int Used = 10;

    /// <summary>Writes them. Of a recipe's ten components two have a value of its own, so that their scripts are no other recipe's.</summary>
    public static void Write(string repository, int recipes)
    {
        for (var number = 0; number < Components; number++) WriteComponent(repository, number);
        for (var number = 0; number < recipes; number++) WriteRecipe(repository, number);
    }

    private static void WriteComponent(string repository, int number)
    {
        var folder = Path.Combine(repository, "components", string.Create(CultureInfo.InvariantCulture, $"part-{number}"), "1.0.0");
        Write(Path.Combine(folder, "files/page"), string.Create(CultureInfo.InvariantCulture, $"page {number}\n"));
        Write(Path.Combine(folder, "component.yml"), $$$"""
            schemaVersion: 1.0
            name: part-{{{number}}}
            parameters:
              - Text: { type: string, default: "value {{{number}}}" }
            phases:
              - name: build
                steps:
                  - { name: Install, action: ExecuteBash, inputs: { commands: ["echo part {{{number}}}", "echo '{{ Text }}'"] } }
                  - { name: Write, action: CreateFile, inputs: [{ path: /etc/part-{{{number}}}.conf, content: "text={{ Text }}", permissions: "0644" }] }
                  - { name: Copy, action: CopyFile, inputs: [{ source: files/page, destination: /srv/page-{{{number}}} }] }
              - name: validate
                steps:
                  - { name: Check, action: Assert, inputs: { fileExists: /etc/part-{{{number}}}.conf } }
              - name: test
                steps:
                  - { name: Ask, action: ExecuteBash, inputs: { commands: [cat /etc/part-{{{number}}}.conf] } }

            """);
    }

    private static void WriteRecipe(string repository, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"recipe-{number:00000}");
        var uses = new StringBuilder();
        for (var i = 0; i < Used; i++)
        {
            var own = i % 5 == 0 ? string.Create(CultureInfo.InvariantCulture, $", parameters: {{ Text: own {number} }}") : "";
            uses.Append(CultureInfo.InvariantCulture, $"  - {{ name: part-{((number * 7) + (i * 13)) % Components}, version: 1.x.x{own} }}\n");
        }

        Write(Path.Combine(repository, "recipes", name, "recipe.yml"), $$"""
            schemaVersion: 1.0
            name: {{name}}
            version: 1.0.x
            parentImage: { local: debian:12 }
            components:
            {{uses}}disk: { size: 2GiB }
            outputs: [raw, qcow2]

            """);
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // below the repository
        File.WriteAllText(path, text);
    }
}
