using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Planning;

/// <summary>A component as one recipe uses it, with its steps bound.</summary>
internal sealed record BoundComponent(PlannedComponent Planned, IReadOnlyList<BoundStep> Steps, Marks Marks)
{
    /// <summary>Its steps with their scripts, without keys, once they are rendered: they do not depend on the recipe.</summary>
    public IReadOnlyList<PlannedStep>? Rendered { get; set; }
}

/// <summary>Finds the components of a recipe, and binds their parameters and steps.</summary>
internal sealed class ComponentPlanner(
    KnownComponents known, IReadOnlyList<IActionModule> modules, string platform, Cloud cloud, ProblemBag problems)
{
    /// <summary>Says which versions patterns mean; null: the highest ones.</summary>
    public RecipeLock? Lock { get; init; }

    /// <summary>The recipe's components in its order, then its tests; those with problems are left out.</summary>
    public IReadOnlyList<BoundComponent> Components(Recipe recipe)
    {
        var bound = recipe.Components.Select(use => Bind(use, isTest: false)).OfType<BoundComponent>().ToList();
        foreach (var test in recipe.Tests)
        {
            if (recipe.Components.Any(c => c.Name == test.Name))
                problems.Add(new Problem("IB1502", $"`{test.Name}` stands in `components` and in `tests`.",
                    "The test phases of components run anyway.", "Remove it from `tests`.", test.At));
            else if (Bind(test, isTest: true) is { } component)
                bound.Add(component);
        }

        return bound;
    }

    private BoundComponent? Bind(ComponentUse use, bool isTest)
    {
        if (Find(use) is not { } version || known.Read(use.Name, version, problems) is not { Document: { } document } component) return null;
        var parameters = Parameters(use, document);
        if (isTest) CheckTest(use, document);
        return known.Bound(component, platform, parameters, isTest, () => Bind(use.Name, version, component, document, parameters, isTest));
    }

    private BoundComponent Bind(
        string name, VersionNumber version, ReadComponent component, ComponentDocument document, Dictionary<string, string> parameters, bool isTest)
    {
        var values = parameters.Concat(document.Constants.Select(c => KeyValuePair.Create(c.Name, c.Value)))
            .DistinctBy(v => v.Key).ToDictionary(v => v.Key, v => v.Value);
        var marks = new Marks();
        var steps = new DocumentBinder(modules, platform, problems) { Cloud = cloud.Parameters, Documents = cloud.Documents }
            .Bind(document, values, component.Files, marks);
        var planned = new PlannedComponent(name, version.ToString(), component.Folder, component.Files.Digest, parameters)
        {
            DocumentFile = document.File,
            Title = document.Name,
            Description = document.Description,
        };
        return new BoundComponent(planned, isTest ? [.. steps.Where(s => s.Phase == DocumentPhase.Test)] : steps, marks);
    }

    private void CheckTest(ComponentUse use, ComponentDocument document)
    {
        if (!document.Phases.Any(p => p.Name == DocumentPhase.Test))
            problems.Add(new Problem("IB1503", $"The component `{use.Name}` tests nothing.", "Components under `tests` need a phase `test`.",
                "Move it to `components`, or add the phase.", use.At));
        else if (document.Phases.Any(p => p.Name is DocumentPhase.Build or DocumentPhase.Validate))
            problems.Add(new Problem("IB1504", $"Only the phase `test` of `{use.Name}` is run.", "The recipe names it under `tests`.",
                "Move it to `components` if it shall be built in.", use.At, Severity.Warning));
    }

    private VersionNumber? Find(ComponentUse use)
    {
        var versions = known.Versions(use.Name);
        if (versions.Count == 0)
            problems.Add(new Problem("IB1505", $"There is no component `{use.Name}`.",
                $"`components/{use.Name}/<version>/component.yml` does not exist.", Suggestion.Fix(use.Name, known.Repository.ComponentNames.ToList()), use.At));
        else if ((Locked(use, versions) ?? use.Version.Highest(versions)) is { } version) return version;
        else
            problems.Add(new Problem("IB1506", $"The component `{use.Name}` has no version {use.Version}.",
                $"It has {string.Join(", ", versions.Order())}.", $"Write `version: {versions.Max()}` or a pattern that matches it.", use.VersionAt));
        return null;
    }

    // What the lock has and the pattern or the repository has not is a difference to the lock: it is shown with all others.
    private VersionNumber? Locked(ComponentUse use, IReadOnlyList<VersionNumber> versions) =>
        Lock?.Components.FirstOrDefault(c => c.Name == use.Name) is { } locked && VersionNumber.TryParse(locked.Version) is { } version
            && use.Version.Matches(version) && versions.Contains(version) ? version : null;

    private Dictionary<string, string> Parameters(ComponentUse use, ComponentDocument document)
    {
        var known = document.Parameters.Select(p => p.Name).ToList();
        foreach (var given in use.Parameters.Where(g => !known.Contains(g.Name)))
            problems.Add(new Problem("IB1507", $"The component `{use.Name}` has no parameter `{given.Name}`.",
                known.Count == 0 ? "It has none." : $"It has {string.Join(", ", known)}.", Suggestion.Fix(given.Name, known), given.At));
        var values = new Dictionary<string, string>();
        foreach (var parameter in document.Parameters)
        {
            var given = use.Parameters.FirstOrDefault(g => g.Name == parameter.Name);
            if (given is not null) ParameterValue.Check(parameter, given.Value, given.At, problems);
            else if (parameter.Default is null)
                problems.Add(new Problem("IB1508", $"The component `{use.Name}` needs a value for `{parameter.Name}`.",
                    $"The parameter has no default{(parameter.Description.Length > 0 ? $": {parameter.Description}" : ".")}",
                    $"Add `parameters: {{ {parameter.Name}: … }}`.", use.At));
            values[parameter.Name] = given?.Value ?? parameter.Default ?? Marks.Unknown;
        }

        return values;
    }
}
