using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Reading;

/// <summary>Reads recipes, and says everything that is wrong with one at once.</summary>
/// <param name="formats">Names of the formats that <c>outputs</c> may name.</param>
public sealed class RecipeReader(IReadOnlyCollection<string> formats, ProblemBag problems)
{
    public const string FileName = "recipe.yml";

    private static readonly string[] s_keys =
        ["schemaVersion", "name", "version", "description", "platform", "architecture", "parentImage", "components", "tests", "disk", "outputs", "aws", "distribution"];

    private static readonly Dictionary<string, string> s_notYet = new()
    {
        ["hardening"] = "Remove it; write the settings as a component until then.",
        ["pipeline"] = "Remove it; start builds from your CI's own schedule until then.",
    };

    private static readonly Dictionary<string, string> s_architectures = new() { ["amd64"] = "x86_64", ["x64"] = "x86_64", ["aarch64"] = "arm64" };

    private static readonly string[] s_parentKeys = ["local", "aws"];
    private static readonly string[] s_useKeys = ["name", "version", "parameters"];

    private static readonly Dictionary<string, string> s_notYetOfTests =
        new[] { "check", "checks", "service", "port", "http", "package", "file", "command" }
            .ToDictionary(k => k, _ => "Name a component with a test phase instead: `- name: test-boot`.");

    /// <summary>Every key, as the reference page names them.</summary>
    internal static IEnumerable<string> Keys =>
    [
        .. s_keys, .. s_parentKeys.Select(k => $"parentImage.{k}"), .. s_useKeys.Select(k => $"components[].{k}"), .. s_useKeys.Select(k => $"tests[].{k}"),
        .. DiskReader.Keys, .. MachineReader.Keys, .. DistributionReader.Keys,
    ];

    /// <summary>Reads a recipe of the repository; null when a problem made it useless.</summary>
    /// <param name="folder">Name of the recipe's folder: the recipe must have it too.</param>
    public Recipe? ReadFile(string path, string shown, string folder) =>
        YamlReader.ReadFile(path, shown, YamlReader.RecipeLimit, problems) is { } root ? Read(root, folder) : null;

    public Recipe? Read(YamlNode root, string folder)
    {
        if (MapReader.For(root, "a recipe", problems) is not { } map) return null;
        map.CheckKeys(s_keys, s_notYet);
        CheckSchema(map);
        var version = map.Single("version", required: true);
        var (local, aws) = Parents(map);
        var platform = Platform(map);
        return new Recipe(root.At.File, Name(map, folder), version is null ? new VersionPattern(1, 0, 0) : Version(version, "recipe"),
            map.Text("description") ?? "", platform, map.Choice("architecture", ["x86_64", "arm64"], s_architectures) ?? "x86_64", local, aws,
            Uses(map, "components", null), Uses(map, "tests", s_notYetOfTests), new DiskReader(problems).Read(map), map.Choices("outputs", formats),
            new MachineReader(problems).Read(map, platform), new DistributionReader(formats, problems).Read(map));
    }

    private void CheckSchema(MapReader map)
    {
        if (map.Single("schemaVersion", required: true) is { } schema && schema.Text is not ("1.0" or "1"))
            problems.Add(new Problem("IB1101", $"Schema version `{schema.Text}` of recipes is not known.", "The one that exists is 1.0.",
                "Write `schemaVersion: 1.0`.", schema.At));
    }

    private string Name(MapReader map, string folder)
    {
        if (map.Single("name", required: true) is not { } name) return folder;
        if (!RepositoryNames.IsName(name.Text))
            problems.Add(new Problem("IB1102", $"`{name.Text}` cannot be the name of a recipe.",
                "Names are lower-case letters, digits and `-`, `_`, `.` between them: they become names of folders and files.",
                "Choose another name for the recipe and its folder.", name.At));
        else if (name.Text != folder)
            problems.Add(new Problem("IB1103", $"The recipe `{name.Text}` stands in the folder `{folder}`.",
                "A recipe is found by its folder's name, so both must be the same.", $"Write `name: {folder}`, or rename the folder.", name.At));
        return folder;
    }

    private string Platform(MapReader map)
    {
        var platform = map.Choice("platform", ["Linux", "Windows", "macOS"]) ?? "Linux";
        if (platform == "macOS")
            problems.Add(new Problem("IB1104", $"Images for {platform} cannot be built.", "macOS runs on Apple's own machines only.",
                "Write `platform: Linux` or `platform: Windows`.", map.Map.Find("platform")!.Value.At)); // another platform can only come from the key
        return platform;
    }

    private (ParentReference?, ParentReference?) Parents(MapReader map)
    {
        if (map.Child("parentImage", "`parentImage`", required: true) is not { } parent) return (null, null);
        parent.CheckKeys(s_parentKeys);
        if (parent.Map.Entries.Count == 0)
            problems.Add(new Problem("IB1105", "`parentImage` names nothing to start from.", "Each engine needs its own kind of parent.",
                "Add `local: debian:12`.", parent.Map.At));
        return (Reference(parent.Single("local")), Reference(parent.Single("aws")));
    }

    private static ParentReference? Reference(YamlScalar? scalar) => scalar is null ? null : new ParentReference(scalar.Text, scalar.At);

    private List<ComponentUse> Uses(MapReader map, string key, Dictionary<string, string>? notYet)
    {
        var uses = new List<ComponentUse>();
        foreach (var item in map.Items(key))
        {
            if (MapReader.For(item, $"an item of `{key}`", problems) is not { } use) continue;
            use.CheckKeys(s_useKeys, notYet);
            var version = use.Single("version");
            if (use.Single("name", required: true) is not { } name) continue;
            if (uses.Find(u => u.Name == name.Text) is { } other)
                problems.Add(new Problem("IB1106", $"The component `{name.Text}` stands twice in `{key}`.", $"Line {other.At.Line} names it already.",
                    "Remove one of them.", name.At));
            uses.Add(new ComponentUse(name.Text, version is null ? new VersionPattern(null, null, null) : Version(version, "component"),
                Parameters(use), name.At, version?.At ?? name.At));
        }

        return uses;
    }

    private List<GivenParameter> Parameters(MapReader use)
    {
        var given = new List<GivenParameter>();
        if (use.Child("parameters", "`parameters`") is not { } map) return given;
        foreach (var (key, node) in map.Map.Entries)
            if (ParameterValue.Read(node, $"the value of `{key.Text}`", problems) is { } value)
                given.Add(new GivenParameter(key.Text, value, node.At));
        return given;
    }

    private VersionPattern Version(YamlScalar scalar, string what)
    {
        if (VersionPattern.TryParse(scalar.Text) is { } pattern) return pattern;
        problems.Add(new Problem("IB1501", $"`{scalar.Text}` is not a version for a {what}.",
            "Versions are three numbers, of which the last ones may be `x`: 1.2.3, 1.2.x, 1.x.x, x.x.x.", "Write e.g. `version: 1.0.x`.", scalar.At));
        return new VersionPattern(null, null, null);
    }
}
