using System.Text.Json;
using ImageBuilder.Model;
using ImageBuilder.Records;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.Tests.Records;

public sealed class ManifestTests
{
    private static readonly Exported s_exported = new("plan", 3, "disk-digest", DateTime.UnixEpoch, "writer",
        [new Artifact("ova", "web-1.2.3.ova", 10, 8, DateTime.UnixEpoch, "ova-digest", "qemu-img compare")]);

    [Fact]
    public void It_lists_all_that_went_into_an_image_and_all_that_came_out()
    {
        var manifest = Make();
        Assert.Equal(("web", "1.2.3", 3, "plan"), (manifest.Recipe, manifest.Version, manifest.Build, manifest.Plan));
        var component = Assert.Single(manifest.Components);
        Assert.Equal(("nginx", "1.0.0", "c-digest"), (component.Name, component.Version, component.Digest));
        Assert.Equal("8080", component.Parameters["Port"]);
        Assert.Equal([new PackageVersion("dash", "0.5.12-2", "amd64")], manifest.Packages);
        Assert.Equal([new ManifestArtifact("ova", "web-1.2.3.ova", 10, "ova-digest", "qemu-img compare")], manifest.Artifacts);
        Assert.Equal((2, 1, 1), (manifest.Tests.Passed, manifest.Tests.Failed, manifest.Tests.Skipped));
        Assert.Equal([new ToolVersion("ImageBuilderBuild", "0.1.0")], manifest.Tools);
    }

    [Fact]
    public void It_speaks_of_one_export_only()
    {
        Assert.True(Make().IsSame(Make(s_exported) with { Tools = [] }));
        Assert.False(Make().IsSame(Make(s_exported with { Build = 4 })));
        Assert.False(Make().IsSame(Make(s_exported with { Artifacts = [s_exported.Artifacts[0] with { Sha256 = "other" }] })));
        Assert.False(Make().IsSame(Make(s_exported with { Artifacts = [] })));
        Assert.False(Make().IsSame(Make() with { Description = "other" }));
    }

    [Fact]
    public async Task It_survives_its_file()
    {
        using var folder = new FormatFolder();
        await RecordFiles.WriteAsync(folder.Folder, RecordFiles.ManifestFile, Make(), CancellationToken.None);
        var read = await RecordFiles.TryReadAsync<Manifest>(folder.At(RecordFiles.ManifestFile), "", CancellationToken.None);
        Assert.Equal(JsonSerializer.Serialize(Make()), JsonSerializer.Serialize(read));
        Assert.Contains("\"schema\": \"1\"", File.ReadAllText(folder.At(RecordFiles.ManifestFile)), StringComparison.Ordinal);
    }

    private static Manifest Make() => Make(s_exported);

    private static Manifest Make(Exported exported)
    {
        var parameters = new Dictionary<string, string> { ["Port"] = "8080" };
        var nginx = new PlannedComponent("nginx", "1.0.0", "components/nginx/1.0.0", "c-digest", parameters);
        List<TestCase> cases = [Case(true, false), Case(true, false), Case(false, false), Case(false, true)];
        return Manifest.Of(
            FormatFolder.Plan with { Digest = "plan", Components = [nginx] },
            new Customized("plan", "key", 7, [], [new PackageVersion("dash", "0.5.12-2", "amd64")]),
            new DiskMade("plan", "disk.raw", 1 << 20, "verity", "root-uuid", 7),
            new Tested("plan", "verity", "disk-digest", true, [new BootTest("bios", 12, "", cases)]),
            exported, [new ToolVersion("ImageBuilderBuild", "0.1.0")]);
    }

    private static TestCase Case(bool passed, bool skipped) => new("name", passed, skipped, 1, 0, "", "");
}
