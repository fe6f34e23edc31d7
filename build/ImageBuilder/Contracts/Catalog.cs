
namespace ImageBuilder.Contracts;

/// <summary>Finds every class of this assembly that implements <typeparamref name="T"/>: adding one never edits a list.</summary>
public static class Catalog<T> where T : class
{
    private static readonly Lazy<IReadOnlyList<T>> s_all = new(() =>
    [
        .. typeof(Catalog<>).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(T).IsAssignableFrom(t))
            .OrderBy(t => t.Name, StringComparer.Ordinal)
            .Select(t => (T)Activator.CreateInstance(t)!), // a class of ours with a parameterless constructor
    ]);

    public static IReadOnlyList<T> All => s_all.Value;
}
