using System.Text.RegularExpressions;
using CsCheck;
using ImageBuilder.Pipelines;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Tests.Program;
using YamlDotNet.RepresentationModel;

namespace ImageBuilder.Tests.Pipelines;

/// <summary>Whatever the recipes are, the files are whole: what they name is there, and comes before what needs it.</summary>
public sealed partial class GeneratedFilesTests
{
    private static readonly ProgramRunner s_programs = new();

    private static readonly string[] s_names = ["base", "a-1", "a.1", "a_1", "1.0", "null", "on", "0x1f", "web", "all"];

    // Of each recipe: the one before it that it starts from, its engine, whether it is distributed.
    private static readonly Gen<List<PipelineRecipe>> s_recipes = Gen.Select(Gen.Int[-2, 8], Gen.Bool, Gen.Bool).Array[1, s_names.Length].Select(Recipes);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_name_in_the_CloudFormation_template_leads_somewhere() => s_recipes.Sample(recipes =>
    {
        var files = new PipelineFiles(recipes).Of("codepipeline");
        var template = Yaml(files.Single(f => f.Path == ".ci/pipeline.yml").Text!); // always needed
        var (parameters, resources, conditions) = (Keys(template["Parameters"]), Keys(template["Resources"]), Keys(template["Conditions"]));
        var used = template.AllNodes.SelectMany(Names).ToHashSet();
        Assert.Empty(used.Where(n => !n.StartsWith("AWS::", StringComparison.Ordinal)).Except(parameters).Except(resources));
        Assert.Empty(parameters.Except(used));
        Assert.Empty(template.AllNodes.SelectMany(ConditionsIn).Distinct().Order().Except(conditions));
        Assert.Empty(conditions.Except(template.AllNodes.SelectMany(ConditionsIn)));
        Assert.Equal(files.Where(f => f.Text is not null && f.Path.Contains("buildspec", StringComparison.Ordinal)).Select(f => f.Path).Order(),
            Values(template, "BuildSpec").Distinct().Order());
    }, iter: 30);

    [Fact]
    public void A_stage_of_the_pipeline_takes_what_an_earlier_one_has_made() => s_recipes.Sample(recipes =>
    {
        var template = Template(recipes);
        var made = new HashSet<string>();
        foreach (var stage in (YamlSequenceNode)template["Resources"]["Pipeline"]["Properties"]["Stages"])
        {
            Assert.Empty(List(stage, "InputArtifacts").Select(a => Text(a["Name"])).Except(made));
            made.UnionWith(List(stage, "OutputArtifacts").Select(a => Text(a["Name"])));
        }

        string[] delivery = recipes.Any(r => r.IsDistributed) ? ["Approve", "Distribute", "Promote"] : [];
        Assert.Equal(["Source", "Validate", "Plan", "Build", "Test", .. delivery],
            ((YamlSequenceNode)template["Resources"]["Pipeline"]["Properties"]["Stages"]).Select(s => Text(s["Name"])));
    }, iter: 30);

    [Fact]
    public void No_role_may_do_more_than_what_it_needs() => s_recipes.Sample(recipes =>
    {
        foreach (var statement in Template(recipes).AllNodes.OfType<YamlMappingNode>().Where(n => n.Children.ContainsKey("Effect") && Text(n["Effect"]) == "Allow"))
        {
            var actions = statement["Action"] is YamlSequenceNode many ? many.Select(Text).ToList() : [Text(statement["Action"])];
            Assert.DoesNotContain(actions, a => a.Contains('*', StringComparison.Ordinal));
            if (statement.Children.TryGetValue("Resource", out var resources))
                Assert.DoesNotContain("*", resources is YamlSequenceNode list ? list.Select(Text) : [Text(resources)]);
            else Assert.Equal(["sts:AssumeRole"], actions);
        }
    }, iter: 10);

    [Fact]
    public void A_batch_builds_every_recipe_once_and_after_its_parents() => s_recipes.Sample(recipes =>
    {
        foreach (var file in new PipelineFiles(recipes).Of("codepipeline").Where(f => f.Text?.Contains("build-graph", StringComparison.Ordinal) == true))
        {
            var before = new List<string>();
            var graph = (YamlSequenceNode)Yaml(file.Text!)["batch"]["build-graph"]; // just seen
            Assert.All(graph, node => Assert.Matches("^[A-Za-z0-9_]+$", Text(node["identifier"])));
            Assert.Distinct(graph.Select(n => Text(n["identifier"])));
            Assert.Equal(recipes.Select(r => r.Name), graph.Select(n => Text(n["env"]["variables"]["RECIPES"])));
            foreach (var (node, recipe) in graph.Zip(recipes))
            {
                var needs = ((YamlMappingNode)node).Children.ContainsKey("depend-on") ? ((YamlSequenceNode)node["depend-on"]).Select(Text).ToList() : [];
                Assert.Empty(needs.Except(before));
                if (!file.Path.Contains("test", StringComparison.Ordinal))
                {
                    Assert.Equal(recipe.Parents.TakeLast(1), needs.Select(id => recipes.Single(r => r.Id == id).Name));
                    Assert.Equal(string.Join(' ', recipe.Parents), Text(node["env"]["variables"]["PARENTS"]));
                }

                before.Add(Text(node["identifier"]));
            }
        }
    }, iter: 30);

    [Theory, InlineData("github"), InlineData("gitlab")]
    public void A_job_needs_only_jobs_that_there_are(string system) => s_recipes.Sample(recipes =>
    {
        var file = Yaml(new PipelineFiles(recipes).Of(system).Single().Text!); // always needed
        var jobs = system == "github" ? (YamlMappingNode)file["jobs"] : file;
        var known = new List<string>();
        foreach (var (name, job) in jobs.Children.Where(c => c.Value is YamlMappingNode map && (map.Children.ContainsKey("steps") || map.Children.ContainsKey("stage"))))
        {
            var needs = !((YamlMappingNode)job).Children.TryGetValue("needs", out var given) ? [] : given is YamlSequenceNode list ? list.Select(Text).ToList() : [Text(given)];
            Assert.Empty(needs.Except(known));
            known.Add(Text(name));
        }

        Assert.Equal(2 + recipes.Count * 2 + 1 + (recipes.Any(r => r.IsDistributed) ? 2 : 0), known.Count);
    }, iter: 20);

    [Theory]
    [InlineData("codepipeline", ".ci/pipeline.yml")]
    [InlineData("codepipeline", ".ci/buildspec.distribute.yml")]
    [InlineData("codepipeline", ".ci/buildspec.promote.yml")]
    [InlineData("github", ".github/workflows/images.yml")]
    [InlineData("gitlab", ".gitlab-ci.yml")]
    public void Recipes_that_are_distributed_are_delivered_after_an_approval(string system, string file)
    {
        var recipes = Recipes([(-1, true, true), (0, true, false), (-1, false, true)]); // by two engines
        Golden.Check(new PipelineFiles(recipes).Of(system).Single(f => f.Path == file).Text!, $"delivered-{Path.GetFileName(file)}"); // needed
    }

    [Theory, InlineData("distribution: { a: b }", true), InlineData("distribution:", false), InlineData("", false)]
    public void A_recipe_is_distributed_when_it_says_where_to(string key, bool distributed)
    {
        using var repository = CiRepository.WithFamily();
        var problems = new ProblemBag();
        var there = new ImageBuilder.Reading.Repository(repository.Folder);
        var recipe = there.ReadRecipe("web", ["raw"], problems)!; // just written
        File.AppendAllText(Path.Combine(repository.Folder, recipe.File), key);
        Assert.Equal(distributed, new PipelineRecipes(there, ["raw"], problems).IsDistributed(recipe));
    }

    [Fact]
    public void The_same_recipes_give_the_same_bytes() => s_recipes.Sample(recipes =>
        PipelineFiles.Systems.All(s => new PipelineFiles(recipes).Of(s).SequenceEqual(new PipelineFiles(recipes).Of(s))), iter: 5);

    [Fact]
    public void A_text_is_read_as_it_was_written() => Gen.OneOf(Gen.String, Gen.String[Gen.Char["-?:,[]{}#&*!|>'\"%@` ~0.1ex+ntrueyo\n\t"], 0, 8]).Sample(text =>
    {
        if (text.Any(c => char.IsSurrogate(c) || c is '\ufffe' or '\uffff' or '\ufeff' or '\u2028' or '\u2029' or '\u0085')) return;
        var read = Yaml($"a: {YamlTemplate.Scalar(text)}\nb:\n  - {YamlTemplate.Scalar(text)}\n");
        Assert.Equal(text, Text(read["a"]));
        Assert.Equal(text, Text(read["b"][0]));
    });

    [Theory]
    [InlineData("null"), InlineData("1.0"), InlineData("1_0"), InlineData("on"), InlineData("0x1f"), InlineData("1e3"), InlineData("~"), InlineData("")]
    public void What_would_be_another_kind_of_value_is_quoted(string text) => Assert.Equal($"'{text}'", YamlTemplate.Scalar(text));

    [Theory, InlineData(false), InlineData(true)]
    public async Task Every_command_is_one_for_bash(bool mixed)
    {
        var recipes = Recipes([(-1, true, true), (0, true, true), (-1, !mixed, true)]);
        var commands = new PipelineFiles(recipes).Of("codepipeline").Where(f => f.Text is not null)
            .SelectMany(f => Yaml(f.Text!).AllNodes.OfType<YamlMappingNode>()).Where(n => n.Children.ContainsKey("commands"))
            .SelectMany(n => ((YamlSequenceNode)n["commands"]).Select(Text)).Distinct().ToList();
        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            var read = await s_programs.RunAsync(new Command("bash", "-n", "-c", command), Cancel);
            Assert.True(read.Succeeded, command + read.Error);
        }
    }

    private static List<PipelineRecipe> Recipes((int Parent, bool Local, bool Distributed)[] given)
    {
        using var repository = new CiRepository();
        var parents = given.Select((g, i) => g.Parent >= 0 && g.Parent < i ? g.Parent : -1).ToArray();
        foreach (var (i, g) in given.Index())
        {
            // A recipe and its parent are built by the same engine.
            var root = i;
            while (parents[root] >= 0) root = parents[root];
            repository.Add(s_names[i], parents[i] < 0 ? given[root].Local ? "debian:12" : "ami-1" : $"recipe:{s_names[parents[i]]}@1.x.x",
                given[root].Local ? "local" : "aws");
        }

        var problems = new ProblemBag();
        var recipes = new PipelineRecipes(new ImageBuilder.Reading.Repository(repository.Folder), ["raw"], problems).Read();
        Assert.Empty(problems.All);
        return [.. recipes.Select(r => r with { IsDistributed = given[Array.IndexOf(s_names, r.Name)].Distributed })];
    }

    private static YamlMappingNode Template(IReadOnlyList<PipelineRecipe> recipes) =>
        Yaml(new PipelineFiles(recipes).Of("codepipeline").Single(f => f.Path == ".ci/pipeline.yml").Text!); // always needed

    private static YamlMappingNode Yaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    private static HashSet<string> Keys(YamlNode map) => [.. ((YamlMappingNode)map).Children.Keys.Select(Text)];

    private static IEnumerable<string> Values(YamlMappingNode root, string key) =>
        root.AllNodes.OfType<YamlMappingNode>().SelectMany(n => n.Children).Where(c => Text(c.Key) == key).Select(c => Text(c.Value));

    private static IEnumerable<YamlNode> List(YamlNode root, string key) =>
        root.AllNodes.OfType<YamlMappingNode>().SelectMany(n => n.Children).Where(c => Text(c.Key) == key).SelectMany(c => (YamlSequenceNode)c.Value);

    // Parameters and resources that a node names.
    private static IEnumerable<string> Names(YamlNode node) => (node.Tag.IsEmpty ? "" : node.Tag.Value, node) switch
    {
        ("!Ref", YamlScalarNode text) => [text.Value!], // has a value
        ("!GetAtt", YamlScalarNode text) => [text.Value!.Split('.')[0]],
        ("!Sub", YamlScalarNode text) => Substituted().Matches(text.Value!).Select(m => m.Groups["name"].Value),
        _ => [],
    };

    private static IEnumerable<string> ConditionsIn(YamlNode node) => node switch
    {
        YamlSequenceNode { Tag: { IsEmpty: false, Value: "!If" } } choice => [Text(choice[0])],
        YamlMappingNode map when map.Children.TryGetValue("Condition", out var name) && name is YamlScalarNode => [Text(name)],
        _ => [],
    };

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z0-9:]+)(\.\w+)?\}")]
    private static partial Regex Substituted();
}
