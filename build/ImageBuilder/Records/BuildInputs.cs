using System.Text.Json;

namespace ImageBuilder.Records;

/// <summary>What entered a build, by name: <c>inputs.json</c>, written when a build has come to an end, so that a later one can say what differs.</summary>
public sealed record BuildInputs(string Recipe, string Version, IReadOnlyList<PartInputs> Parts)
{
    /// <summary>Those of the last completed build of a recipe, whichever version it made; null when there is none.</summary>
    /// <param name="recipe">Folder of the recipe's images.</param>
    public static async Task<BuildInputs?> LastAsync(string recipe, CancellationToken cancel)
    {
        if (!Directory.Exists(recipe)) return null;
        var last = new DirectoryInfo(recipe).EnumerateDirectories().Select(version => new FileInfo(Path.Combine(version.FullName, RecordFiles.InputsFile)))
            .Where(file => file.Exists).MaxBy(file => file.LastWriteTimeUtc);
        return last is null ? null : await RecordFiles.TryReadAsync<BuildInputs>(last.FullName, "Delete it: it only explains.", cancel);
    }

    /// <summary>Keeps them in the folder of the image. The file's time says when its last build came to an end.</summary>
    public async Task KeepAsync(string folder, TimeProvider clock, CancellationToken cancel)
    {
        var path = Path.Combine(folder, RecordFiles.InputsFile);
        if (!await AtomicFile.WriteChangedAsync(path, JsonSerializer.SerializeToUtf8Bytes(this, RecordJson.Default.BuildInputs), cancel))
            File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
    }

    public PartInputs? Find(string stage, string id) => Parts.FirstOrDefault(p => p.Stage == stage && p.Id == id);
}

/// <summary>What entered one part of a build: the parent image, a step, a disk, a test boot, a file of an export.</summary>
/// <param name="Stage">The stage that makes it.</param>
/// <param name="Id">As events name it.</param>
/// <param name="Digest">Layer key or digest of the stage: the same for the same inputs, those of parts before it included.</param>
/// <param name="Inputs">Values as people read them, or digests; of a secret the version only.</param>
public sealed record PartInputs(string Stage, string Id, string Digest, IReadOnlyDictionary<string, string> Inputs);
