using System.Text.Json;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Planning;

/// <summary>Chooses the version of an image from the recipe's pattern and the images built so far.</summary>
internal static class ImageVersions
{
    /// <summary>
    /// A fixed version is that version. Otherwise the latest number is used again when it was never finished or has the same disk,
    /// so that a build is resumed and nothing new is made of nothing new; else it is the next free one.
    /// </summary>
    /// <returns>The plan with version and digest.</returns>
    public static Plan Choose(Plan plan, VersionPattern pattern, string artifacts)
    {
        var folder = Path.Combine(artifacts, plan.Recipe);
        var latest = pattern.IsFixed ? null : pattern.Highest(Built(folder));
        if (latest is { } version)
        {
            var again = WithVersion(plan, version);
            var made = Path.Combine(folder, version.ToString());
            if (!File.Exists(Path.Combine(made, RecordFiles.ManifestFile)) || DigestOf(made) == again.Stages.Disk) return again;
        }

        return WithVersion(plan, pattern.Next(latest));
    }

    private static Plan WithVersion(Plan plan, VersionNumber version) => PlanDigest.Seal(plan with { Version = version.ToString() });

    private static IEnumerable<VersionNumber> Built(string folder) => !Directory.Exists(folder) ? [] :
        Directory.EnumerateDirectories(folder).Select(f => VersionNumber.TryParse(Path.GetFileName(f))).OfType<VersionNumber>();

    // A plan that cannot be read is not the same plan: the image gets the next number, and the folder is left as it is.
    private static string? DigestOf(string folder)
    {
        var path = Path.Combine(folder, RecordFiles.PlanFile);
        if (!File.Exists(path)) return null;
        try
        {
            using var plan = JsonDocument.Parse(File.ReadAllBytes(path));
            return plan.RootElement.TryGetProperty("stages", out var stages) && stages.TryGetProperty("disk", out var digest) ? digest.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
