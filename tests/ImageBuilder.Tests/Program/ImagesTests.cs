using System.Text.Json.Nodes;
using ImageBuilder.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>Images by the command line.</summary>
public sealed class ImagesTests : DistributionWorld
{
    [Fact]
    public void What_was_built_and_delivered_is_listed_and_nothing_is_changed()
    {
        Run(0, "Distribute");
        World.Cloud.Restart();
        Run(0, "Images");
        Assert.Contains("build 1", World.Output, StringComparison.Ordinal);
        Assert.Contains("qcow2 (5 B)", World.Output, StringComparison.Ordinal);
        Assert.Contains($"ami {West} web 1.0.0 = {Stock(West).Images.Keys.Single()}", World.Output, StringComparison.Ordinal);
        Assert.Contains("1 image in artifacts.", World.Output, StringComparison.Ordinal);
        Assert.Empty(World.Cloud.Calls);
    }

    [Fact]
    public void In_a_region_it_lists_what_any_machine_has_made_and_kept()
    {
        Run(0, "Distribute");
        Directory.Delete(Path.Combine(World.Folder, "artifacts"), recursive: true);
        Stock(West).Images["ami-other"] = new CloudImage("ami-other", "somebody's", "available", "", "111122223333", default, [], new Dictionary<string, string>());
        World.Cloud.Restart();
        Run(0, "Images", $"--region={West}", $"--region={East}");
        Assert.Contains($"{Stock(West).Images.Keys.First()}", World.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ami-other", World.Output, StringComparison.Ordinal);
        Assert.Contains($"0 images in artifacts, 2 in {West}, {East}.", World.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(World.Cloud.Calls, c => char.IsUpper(c.Split(' ')[1][0]));

        Run(0, "Images", $"--region={West}", "--recipe=other*");
        Assert.Contains($"0 in {West}.", World.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void As_json_it_is_the_last_line()
    {
        Run(0, "Distribute");
        Run(0, "Images", "--json", $"--region={West}");
        var listing = JsonNode.Parse(World.Output.TrimEnd().Split('\n')[^1])!;
        var image = listing["images"]!.AsArray().Single()!;
        Assert.Equal(("web", "1.0.0", 1, "Export"), (Text("recipe"), Text("version"), image["build"]!.GetValue<int>(), Text("reached")));
        Assert.Equal("qcow2", image["files"]![0]!["format"]!.GetValue<string>());
        Assert.Equal(Stock(West).Images.Keys.Single(), listing["cloud"]![0]!["id"]!.GetValue<string>());

        string Text(string member) => image[member]!.GetValue<string>();
    }

    [Fact]
    public void What_is_not_finished_says_how_far_it_came_and_what_cannot_be_read_is_told()
    {
        Run(0, "Disk");
        Run(0, "Images");
        Assert.Contains("1.0.0     not finished: Disk was the last stage that ended", World.Output, StringComparison.Ordinal);

        Run(0, "Image");
        File.WriteAllText(Path.Combine(World.ArtifactsOf("web"), "manifest.json"), "{");
        Run(0, "Images");
        Assert.Contains("IB2003", World.Error, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(World.Folder, "artifacts", "somebody", "1.0.0"));
        Run(0, "Images", "--recipe=some*");
        Assert.Contains("0 images", World.Output, StringComparison.Ordinal);
    }
}
