using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Reading;

namespace ImageBuilder.Planning;

/// <summary>
/// What has been read and rendered of components in one pass of planning: a thousand recipes that use the same ones read, bind and render each of
/// them once for each set of values.
/// </summary>
internal sealed class KnownComponents(Repository repository)
{
    private readonly Dictionary<(string Platform, string Architecture, string? Local, string? Aws), ParentImage> _parents = [];
    private readonly Dictionary<string, IReadOnlyList<VersionNumber>> _versions = [];
    private readonly Dictionary<(string Name, VersionNumber Version), ReadComponent> _read = [];
    private readonly Dictionary<string, BoundComponent> _bound = [];

    public Repository Repository => repository;

    /// <summary>The parent image of a recipe. Problems are told each time, with the recipe's place.</summary>
    public ParentImage? Parent(Recipe recipe, ParentResolver resolver)
    {
        var key = (recipe.Platform, recipe.Architecture, recipe.Local?.Text, recipe.Aws?.Text);
        return _parents.TryGetValue(key, out var known) ? known : resolver.Resolve(recipe) is { } parent ? _parents[key] = parent : null;
    }

    /// <summary>As <see cref="Repository.Versions"/>.</summary>
    public IReadOnlyList<VersionNumber> Versions(string component)
    {
        if (!_versions.TryGetValue(component, out var versions)) _versions[component] = versions = repository.Versions(component);
        return versions;
    }

    /// <summary>The document and the files of a component; null when a problem made it useless. Problems are told once.</summary>
    public ReadComponent? Read(string component, VersionNumber version, ProblemBag problems)
    {
        if (_read.TryGetValue((component, version), out var read)) return read.Document is null ? null : read;
        var folder = Repository.ComponentFolder(component, version);
        read = new ReadComponent(repository.ReadComponent(component, version, problems), folder, new ComponentFiles(Path.Combine(repository.Root, folder), folder));
        _read[(component, version)] = read;
        return read.Document is null ? null : read;
    }

    /// <summary>A component bound with these values, or what binding it makes. Problems are told once.</summary>
    /// <param name="values">Of its parameters.</param>
    public BoundComponent Bound(ReadComponent component, string platform, IReadOnlyDictionary<string, string> values, bool isTest, Func<BoundComponent> bind)
    {
        var key = Digests.Of([component.Folder, platform, isTest ? "test" : "", .. values.SelectMany(v => new[] { v.Key, v.Value })]);
        if (!_bound.TryGetValue(key, out var bound)) _bound[key] = bound = bind();
        return bound;
    }
}

/// <summary>A component as it was read.</summary>
/// <param name="Folder">Relative to the repository.</param>
internal sealed record ReadComponent(ComponentDocument? Document, string Folder, ComponentFiles Files);
