using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cake.Frosting;
using ImageBuilder.Clouds;
using ImageBuilder.Engines.Aws;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("Images"), TaskDescription("Say which images there are in the artifacts folder, how they were tested and where they were delivered; with --region= also in AWS")]
public sealed class ImagesTask : TargetTask
{
    // The last record that a build has written says how far it came.
    private static readonly (string File, string Stage)[] s_records =
    [
        (Left.ByExport.File, Left.ByExport.Target), (Left.ByTestImage.File, Left.ByTestImage.Target), (Left.ByDisk.File, Left.ByDisk.Target),
        (Left.ByCustomize.File, Left.ByCustomize.Target), (Left.ByBase.File, Left.ByBase.Target),
    ];

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var here = await HereAsync(session, cancel);
        var places = session.Options.Cloud.PlacesIn(session.Options.Cloud.Regions);
        var there = (await Task.WhenAll(places.Select(place => InAsync(session, place, cancel)))).SelectMany(i => i).ToList();
        if (session.Options.Json)
        {
            session.LastLine = JsonSerializer.Serialize(new ImageListing(here, there), ImagesJson.Default.ImageListing);
            return;
        }

        foreach (var recipe in here.GroupBy(i => i.Recipe))
        {
            session.Console.Heading(recipe.Key);
            foreach (var image in recipe) Show(session, image);
        }

        foreach (var place in there.GroupBy(i => i.Place))
        {
            session.Console.Heading(place.Key);
            foreach (var image in place)
                session.Console.Line($"  {image.Id,-23}{image.Recipe} {image.Version}  {image.Name}  {image.State}{(image.Tested ? ", tested" : "")}");
        }

        session.Close($"{Figures.Count(here.Count, "image")} in {session.Options.Show(session.Options.Artifacts)}"
            + (places.Count == 0 ? "." : $", {there.Count} in {string.Join(", ", places)}."));
    }

    private static void Show(Session session, ListedImage image)
    {
        if (image.Build is null)
        {
            session.Console.Line($"  {image.Version,-10}not finished: {(image.Reached.Length > 0 ? $"{image.Reached} was the last stage that ended" : "planned")}");
            return;
        }

        session.Console.Line(string.Create(CultureInfo.InvariantCulture, $"  {image.Version,-10}build {image.Build}, {Of(image.Tests!)}: ") // it has an end
            + string.Join(", ", image.Files.Select(f => $"{f.Format} ({Figures.Size(f.Size)})")));
        foreach (var target in image.Targets) session.Console.Line($"            {target}");
    }

    private static string Of(ManifestTests tests) => tests.Passed + tests.Failed + tests.Skipped == 0 ? "without tests"
        : $"{Figures.Count(tests.Passed, "test")} passed" + (tests.Firmware.Count > 0 ? $" ({string.Join(", ", tests.Firmware)})" : "");

    private static async Task<IReadOnlyList<ListedImage>> HereAsync(Session session, CancellationToken cancel)
    {
        var found = new List<ListedImage>();
        foreach (var recipe in ImageFolders.Recipes(session.Options).OrderBy(r => r.Name, StringComparer.Ordinal))
            foreach (var version in ImageFolders.Versions(recipe).OrderBy(v => v.Name, StringComparer.Ordinal))
                found.Add(await ReadAsync(session, recipe.Name, version.FullName, cancel));
        return found;
    }

    private static async Task<ListedImage> ReadAsync(Session session, string recipe, string folder, CancellationToken cancel)
    {
        var fix = $"Run ./build.sh --target=Image --recipe={recipe}";
        var image = new ListedImage(recipe, Path.GetFileName(folder)) { Reached = s_records.FirstOrDefault(r => File.Exists(Path.Combine(folder, r.File))).Stage ?? "" };
        try
        {
            // A manifest is of the export that is there: a later build removes it first.
            if (await RecordFiles.TryReadAsync<Manifest>(Path.Combine(folder, RecordFiles.ManifestFile), fix, cancel) is not { } manifest) return image;
            var distributed = await RecordFiles.TryReadAsync<Distributed>(Path.Combine(folder, RecordFiles.DistributionFile), fix, cancel);
            return image with
            {
                Build = manifest.Build,
                DiskSha256 = manifest.Disk.Sha256,
                Tests = manifest.Tests,
                Files = [.. manifest.Artifacts.Select(a => new ListedFile(a.Format, a.File, a.Size, a.Sha256))],
                Targets = [.. (distributed?.Targets ?? []).Select(Text)],
            };
        }
        catch (ProblemException e)
        {
            foreach (var problem in e.Problems) session.Console.Problem(problem with { Severity = Severity.Warning });
            return image;
        }
    }

    private static string Text(TargetDone target) =>
        $"{target.Kind} {(target.Region.Length > 0 ? target.Region + " " : "")}{target.What}{(target.Image is { } id ? $" = {id}" : "")}{(target.IsDone ? "" : ": not done")}";

    private static async Task<IEnumerable<CloudListed>> InAsync(Session session, CloudPlace place, CancellationToken cancel)
    {
        var kept = new Dictionary<string, string> { [CloudTags.State] = CloudTags.Kept };
        var images = await session.Clouds.Cloud.At(place).Images.FindAsync(new ImageQuery { Owners = ["self"], Tags = kept }, cancel);
        return images.Select(i => new CloudListed(place.ToString(), i.Id, i.Name, i.Tags.GetValueOrDefault(CloudTags.Recipe) ?? "",
                i.Tags.GetValueOrDefault(CloudTags.Version) ?? "", i.State, i.Tags.ContainsKey(ImageTags.Tested)))
            .Where(i => ImageFolders.IsSelected(session.Options, i.Recipe)).OrderBy(i => (i.Recipe, i.Version, i.Id));
    }
}

/// <summary>What Images says as JSON.</summary>
public sealed record ImageListing(IReadOnlyList<ListedImage> Images, IReadOnlyList<CloudListed> Cloud);

/// <summary>An image in the artifacts folder.</summary>
public sealed record ListedImage(string Recipe, string Version)
{
    /// <summary>The last stage that ended; empty: none.</summary>
    public string Reached { get; init; } = "";

    /// <summary>Counts the builds of this version; null: it is not finished.</summary>
    public int? Build { get; init; }

    public string? DiskSha256 { get; init; }

    public ManifestTests? Tests { get; init; }

    public IReadOnlyList<ListedFile> Files { get; init; } = [];

    /// <summary>Where it was delivered.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];
}

/// <param name="File">Relative to the image's folder.</param>
/// <param name="Size">Bytes.</param>
public sealed record ListedFile(string Format, string File, long Size, string Sha256);

/// <summary>An image in a cloud that this program has made and kept, on whatever machine.</summary>
public sealed record CloudListed(string Place, string Id, string Name, string Recipe, string Version, string State, bool Tested);

/// <summary>Generated ahead: reflection costs start-up time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ImageListing))]
internal sealed partial class ImagesJson : JsonSerializerContext;
