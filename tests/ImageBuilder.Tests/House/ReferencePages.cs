using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Tests.House;

/// <summary>The tables of recipes/README.md and components/README.md are what the library says. IMAGEBUILDER_GOLDEN=write writes them anew.</summary>
public sealed class ReferencePages
{
    private static readonly Page s_recipes = new("recipes/README.md");
    private static readonly Page s_components = new("components/README.md");
    private static readonly ImageBuilder.Reading.Repository s_repository = new(Repository.Root);

    [Fact]
    public void Every_key_of_recipes_has_a_row() => Assert.Equal(RecipeReader.Keys, s_recipes.FirstCells("| key | what it says | without it |"));

    [Fact]
    public void Every_key_of_component_documents_has_a_row() => Assert.Equal(
        [
            .. DocumentReader.Keys, .. IfReader.Keys.Select(k => $"phases[].steps[].if.{k}"), .. LoopReader.Keys.Select(k => $"phases[].steps[].loop.{k}"),
        ],
        s_components.FirstCells("| key | what it says | without it |"));

    // Recipes without a row are somebody's own.
    [Fact]
    public void Recipes_are_those_of_the_repository() => s_recipes.Check("| recipe | what it makes |", s_repository.RecipeNames
        .Where(name => Planning.SampleTests.Recipes.Contains(name))
        .Select(name => $"| [{name}]({name}/recipe.yml) | {s_repository.ReadRecipe(name, [], new ProblemBag())!.Description} |")); // other tests read them

    [Fact]
    public void Distributions_are_those_of_the_catalogue() => s_recipes.Check("| distribution | releases |",
        Catalog<IDistribution>.All.Select(d => $"| `{d.Name}` | {string.Join(", ", d.Releases.Keys.Select(r => $"`{d.Name}:{r}`"))} |"));

    [Fact]
    public void Formats_are_those_of_the_catalogue() => s_recipes.Check("| format | file |",
        Catalog<IImageFormat>.All.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"| `{f.Name}` | `{f.Extension}` |"));

    // Components without a page are somebody's own, which this page says nothing about.
    public static TheoryData<string> Components => [.. Documented];

    private static IEnumerable<string> Documented => s_repository.ComponentNames.Where(name => File.Exists(Path.Combine(Repository.Root, "components", name, "README.md")));

    [Fact]
    public void Components_are_those_of_the_repository() => s_components.Check("| component | what it does | parameters |", Documented.Select(name =>
    {
        var document = Newest(name);
        var parameters = document.Parameters.Select(p => p.Default is null or { Length: > 40 } ? $"`{p.Name}`" : $"`{p.Name}` ({Shown(p.Default)})");
        return $"| [{name}]({name}/README.md) | {document.Description} | {string.Join(", ", parameters)} |";
    }));

    [Theory, MemberData(nameof(Components))]
    public void A_component_has_a_page_that_says_what_its_document_says(string name)
    {
        var document = Newest(name);
        var page = new Page($"components/{name}/README.md");
        page.CheckStart($"# {name}", "", document.Description, "");
        if (document.Parameters.Count > 0)
            page.Check("| parameter | what it is | without it |", document.Parameters
                .Select(p => $"| `{p.Name}` | {p.Description} | {(p.Default is null ? "a mistake" : Shown(p.Default))} |"));
    }

    [Fact]
    public void Actions_are_those_of_the_catalogue() => s_components.Check("| action | what it does | on | inputs are | outputs |", Catalog<IActionModule>.All.Select(a =>
        $"| `{a.Name}` | {a.Summary} | {Platforms(a)} | {Form(a)} | {string.Join(", ", a.Outputs.Select(o => $"`{o}`"))} |"));

    [Fact]
    public void Inputs_are_those_of_the_actions() => s_components.Check("| input | what it says | kind | without it |", Catalog<IActionModule>.All.SelectMany(a =>
        a.Inputs.Select(i => $"| `{a.Name}.{i.Name}` | {i.Summary} | {Kind(i)}{(i.NotOnWindows ? "; not on Windows" : "")} | {Default(i)} |")));

    [Fact]
    public void Operators_are_those_of_conditions() => s_components.Check("| operator | arguments |",
    [
        .. ConditionReader.Single.Select(o => $"| `{o}` | one |"),
        .. ConditionReader.Comparing.Select(o => $"| `{o}` | what is compared with, and `value` |"),
        .. ConditionReader.Hashing.Select(o => $"| `{o}` | a digest in hex, and `path` |"),
        .. ConditionReader.Logical.Select(o => $"| `{o}` | {(o == "not" ? "a condition" : "a list of conditions")} |"),
    ]);

    private static ComponentDocument Newest(string component) =>
        s_repository.ReadComponent(component, s_repository.Versions(component).Max()!, new ProblemBag())!; // a component has versions; other tests read them

    private static string Shown(string value) => value.Length == 0 ? "empty" : $"`{value}`";

    private static string Platforms(IActionModule action) => action.Platforms.Count == 3 ? "all" : string.Join(", ", action.Platforms);

    private static string Form(IActionModule action) => action.Form switch { InputForm.List => "a list of maps", InputForm.Map => "one map", _ => "one map, or none" };

    private static string Kind(ActionInput input) => input.Type switch
    {
        InputType.SourcePath => "a path in the image, or of a file of the component",
        InputType.Path => "a path",
        InputType.Address => "an address",
        InputType.Permissions => "octal, e.g. `\"0644\"`",
        InputType.Encoding => "`utf-8`, `utf-16`, `utf-16-LE`, `utf-16-BE`, `utf-32`, `utf-32-LE`, `utf-32-BE`",
        InputType.Choice => string.Join(", ", input.Choices!.Select(c => $"`{c}`")), // a choice has choices
        InputType.Boolean => "`true` or `false`",
        InputType.Number => "a whole number",
        InputType.Texts => "a list of texts",
        InputType.Values => "text, or a list of texts",
        InputType.Pairs => "a map of names to texts",
        InputType.Commands => "a list of lines of script",
        InputType.Condition => "a condition",
        InputType.NamedValues => "a list of maps of `name` and `value`",
        _ => "text",
    };

    private static string Default(ActionInput input) => input switch
    {
        { Required: true } => "a mistake",
        { Default: null } => "",
        { Default: "" } => "empty",
        { Type: InputType.Choice or InputType.Text } => $"`{input.Default}`",
        _ => $"`{input.Default.ToString()!.ToLowerInvariant()}`", // numbers and truth values have a text
    };

    private sealed class Page(string file)
    {
        public IEnumerable<string> FirstCells(string header) => Rows(header).Select(r => r.Split('`')[1]);

        public void Check(string header, IEnumerable<string> expected)
        {
            List<string> rows = [.. expected];
            if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write") Write(header, rows);
            Assert.Equal(rows, Rows(header));
        }

        public void CheckStart(params IReadOnlyList<string> expected)
        {
            if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write")
                File.WriteAllLines(Path.Combine(Repository.Root, file), [.. expected, .. Repository.Lines(file).Skip(expected.Count)]);
            Assert.Equal(expected, Repository.Lines(file).Take(expected.Count));
        }

        private List<string> Rows(string header) => [.. Repository.Lines(file).SkipWhile(l => l != header).Skip(2).TakeWhile(l => l.StartsWith('|'))];

        private void Write(string header, List<string> rows)
        {
            var lines = Repository.Lines(file).ToList();
            var start = lines.IndexOf(header) + 2;
            lines.RemoveRange(start, Rows(header).Count);
            lines.InsertRange(start, rows);
            File.WriteAllLines(Path.Combine(Repository.Root, file), lines);
        }
    }
}
