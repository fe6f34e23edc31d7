using ImageBuilder.Layers;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

/// <summary>What stages and trials left in the artifacts folder, to be removed.</summary>
internal sealed class BuiltImages(Options options, TimeProvider clock)
{
    // Logs of components that were tried by themselves: artifacts/components/<name>/logs/TOE_….
    private const string Trials = "components";
    private const string TrialLogs = "logs";

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Images that would have gone, but are being built.</summary>
    public int InUse { get; private set; }

    public void Remove()
    {
        foreach (var recipe in ImageFolders.Recipes(options))
        {
            foreach (var image in ImageFolders.Versions(recipe))
            {
                if (!IsOld(image)) continue;
                if (IsBeingBuilt(image)) InUse++;
                else Remove(image, counts: true);
            }

            RemoveEmpty(recipe);
        }

        if (options.Recipes.Count == 0) RemoveTrials(new DirectoryInfo(Path.Combine(options.Artifacts, Trials)));
    }

    private void RemoveTrials(DirectoryInfo trials)
    {
        if (!trials.Exists) return;
        foreach (var component in trials.EnumerateDirectories())
        {
            var logs = new DirectoryInfo(Path.Combine(component.FullName, TrialLogs));
            foreach (var trial in logs.Exists ? logs.EnumerateDirectories("TOE_*").Where(IsOld) : []) Remove(trial, counts: false);
            // What the bootstrap said, where a trial needed one.
            if (logs.Exists && !logs.EnumerateDirectories().Any() && IsOld(logs)) Remove(logs, counts: false);
            RemoveEmpty(component);
        }

        RemoveEmpty(trials);
    }

    private void Remove(DirectoryInfo folder, bool counts)
    {
        Bytes += folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        if (counts) Count++;
        if (!options.DryRun) folder.Delete(recursive: true);
    }

    private void RemoveEmpty(DirectoryInfo folder)
    {
        if (!options.DryRun && folder.Exists && !folder.EnumerateFileSystemInfos().Any()) folder.Delete();
    }

    // A build keeps the file of its events open, which is a lock.
    private static bool IsBeingBuilt(DirectoryInfo image)
    {
        var events = Path.Combine(image.FullName, EventFile.Name);
        if (!File.Exists(events)) return false;
        using var free = FileLock.Try(events);
        return free is null;
    }

    private bool IsOld(DirectoryInfo folder) => options.OlderThan is not { } age
        || folder.EnumerateFiles().Select(f => f.LastWriteTimeUtc).Append(folder.LastWriteTimeUtc).Max() < (clock.GetUtcNow() - age).UtcDateTime;
}
