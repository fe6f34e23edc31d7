using ImageBuilder.Layers;

namespace ImageBuilder.Tests.Layers;

/// <summary>Trees whose files all belong to the test's user.</summary>
internal sealed class OwnTrees : ILayerTrees
{
    public string Owner { get; init; } = "identity";

    public (uint Uid, uint Gid) Inside(uint uid, uint gid) => (uid, gid);

    public Task<byte[]> ListAsync(string root, IReadOnlyList<string> paths, bool contents, CancellationToken cancel) =>
        throw new InvalidOperationException($"{string.Join(", ", paths)} cannot be reached.");

    public Task<IReadOnlySet<string>> OpaqueAsync(string root, IReadOnlyList<string> folders, CancellationToken cancel) =>
        throw new InvalidOperationException($"{string.Join(", ", folders)} cannot be reached.");

    public Task RemoveAsync(IReadOnlyList<string> folders, CancellationToken cancel)
    {
        foreach (var folder in folders) Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    public Task FlushAsync(string folder, CancellationToken cancel) => Task.CompletedTask;

    public Task CopyAsync(string root, IReadOnlyList<string> paths, string to, CancellationToken cancel) =>
        throw new InvalidOperationException($"{string.Join(", ", paths)} can be read.");
}
