using System.Xml.Linq;
using ImageBuilder.Journals;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

/// <summary>The aws engine by the command line.</summary>
public sealed class AwsEngineTests : AwsEngineWorld
{
    [Fact]
    public void An_image_is_built_on_an_instance_tested_on_another_one_and_nothing_else_stays()
    {
        Run(0, "Image");

        var image = Assert.Single(Stock.Images.Values, i => i.Id != Parent);
        Assert.Equal((CloudTags.Kept, Parent, "passed"), (image.Tags[CloudTags.State], image.Tags["imagebuilder:parent"], image.Tags["imagebuilder:tested"]));
        Assert.Equal(CloudTags.Kept, Assert.Single(Stock.Snapshots).Value.Shown.Tags[CloudTags.State]);
        Assert.Equal([Parent, image.Id], Stock.Started.Values.Select(i => i.Image));
        Assert.All(Stock.Instances.Values, i => Assert.Equal("terminated", i.State));
        Assert.All(Stock.Started.Values, i => Assert.True(i.Encrypted));
        Assert.Empty(Stock.Groups);
        Assert.Equal(1, Stock.Restarts);
        Assert.Contains("hello again", File.ReadAllText(Directory.GetFiles(Path.Combine(Folder, "logs"), "*Use.log").Single()), StringComparison.Ordinal);
        Assert.Contains(image.Id, File.ReadAllText(Path.Combine(Folder, "manifest.json")), StringComparison.Ordinal);
        Assert.Equal(2, XDocument.Load(Path.Combine(Folder, "tests.junit.xml")).Descendants("testcase").Count());
        Assert.Empty(JournalFile.Runs(Path.Combine(World.Cache, "imagebuilder", "journal")));
    }

    [Fact]
    public void What_is_there_is_not_built_again_from_any_machine()
    {
        Run(0, "Image");
        World.Cloud.Restart();
        Run(0, "Image");
        Assert.DoesNotContain(World.Cloud.Calls, Changes);

        Directory.Delete(Path.Combine(World.Folder, "artifacts"), recursive: true);
        Run(0, "Customize");
        Assert.DoesNotContain(World.Cloud.Calls, Changes);
        Assert.Contains("cached", World.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_parent_image_is_a_reason_to_build_again()
    {
        Recipe("aws: 123456789012/base *");
        Run(0, "Customize");
        Stock.Images["ami-22222222"] = ImageOf("ami-22222222", "base 2") with { Created = World.Cloud.Now.AddDays(1) };
        Run(0, "Customize");
        Assert.Equal([Parent, "ami-22222222"], Stock.Started.Values.Select(i => i.Image));
    }

    [Fact]
    public void The_plan_tells_that_an_image_has_gone_and_speaks_of_no_layers()
    {
        Run(0, "Image");
        Run(0, "Plan");
        Assert.DoesNotContain("any more", World.Output, StringComparison.Ordinal);
        Stock.Images.Remove(Stock.Images.Keys.Single(id => id != Parent));
        Run(0, "Plan");
        Assert.Contains("the image is not in AWS any more", World.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("layer", World.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_type_is_tried_when_one_is_not_to_be_had()
    {
        Recipe($"aws: {Parent}", "instanceTypes: [m6i.large, m5.large]");
        Run(0, "Customize");
        Assert.Equal("m5.large", Assert.Single(Stock.Started.Values).Type);

        World.Cloud.Types.Clear();
        Recipe($"aws: {Parent}", "instanceTypes: [m6i.large, m5.large]", "volumeSize: 9GiB");
        Run((int)ExitCode.BuildFailed, "Customize");
        Assert.Contains("IB8306", World.Error, StringComparison.Ordinal);
        Assert.Empty(Stock.Groups);
        Assert.Empty(JournalFile.Runs(Path.Combine(World.Cache, "imagebuilder", "journal")));
    }

    [Fact]
    public void Who_may_not_start_the_parent_image_hears_it_before_anything_starts()
    {
        World.Cloud.Refusal = new ProblemException(ExitCode.BuildFailed, new Problem("IB8004", "The account is not subscribed.", "It is a product.", "Subscribe."));
        Run((int)ExitCode.BuildFailed, "Image");
        Assert.Contains("IB8004", World.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(World.Cloud.Calls, Changes);
    }

    [Fact]
    public void A_step_that_fails_ends_its_instance_or_leaves_it_to_whoever_wants_it()
    {
        Component("""
              - name: build
                steps:
                  - name: Fail
                    action: ExecuteBash
                    inputs:
                      commands: ["echo broken; exit 7"]
            """);
        Run((int)ExitCode.BuildFailed, "Image");
        Assert.Contains("broken", World.Error, StringComparison.Ordinal);
        Assert.Equal("terminated", Assert.Single(Stock.Instances).Value.State);
        Assert.DoesNotContain("imagebuilder/seal/seal", Stock.Comments);

        Run((int)ExitCode.BuildFailed, "Image", "--on-error=keep");
        var kept = Assert.Single(Stock.Instances.Values, i => i.State == "running");
        Assert.Contains($"terminate-instances --region {Region} --instance-ids {kept.Id}", World.Shown, StringComparison.Ordinal);
        Run(0, "Sweep");
        Assert.Equal("running", Stock.Instances[kept.Id].State);

        World.Input = "echo inside; exit 3";
        Assert.NotEqual(0, World.Run("--target=Shell", "--engine=aws", "--recipe=web"));
        Assert.Equal("inside\n", World.Piped);
    }

    [Fact]
    public void Output_of_any_length_arrives_whole()
    {
        Component("""
              - name: build
                steps:
                  - name: Much
                    action: ExecuteBash
                    inputs:
                      commands: ["for i in $(seq 20000); do echo line $i $RANDOM; done"]
            """);
        Run(0, "Customize");
        var log = File.ReadAllLines(Directory.GetFiles(Path.Combine(Folder, "logs"), "*Much.log").Single());
        Assert.Equal(Enumerable.Range(1, 20000).Select(i => $"line {i}"), log.Where(l => l.StartsWith("line ", StringComparison.Ordinal)).Select(l => l[..l.LastIndexOf(' ')]));
    }

    [Fact]
    public void A_failing_test_ends_with_11_and_the_image_is_not_called_tested()
    {
        Component("""
              - name: build
                steps:
                  - {name: Nothing, action: ExecuteBash, inputs: {commands: ["true"]}}
              - name: test
                steps:
                  - {name: Fails, action: ExecuteBash, inputs: {commands: ["echo no; exit 1"]}}
            """);
        Run((int)ExitCode.TestFailed, "Image");
        Assert.DoesNotContain("imagebuilder:tested", Assert.Single(Stock.Images.Values, i => i.Id != Parent).Tags.Keys);
        Assert.False(File.Exists(Path.Combine(Folder, "manifest.json")));
        Assert.All(Stock.Instances.Values, i => Assert.Equal("terminated", i.State));
    }

    [Fact]
    public void An_instance_that_nobody_can_reach_is_given_up_after_it_has_been_silent()
    {
        World.Cloud.Silent = true;
        Run((int)ExitCode.BuildFailed, "Customize");
        Assert.Contains("IB8309", World.Error, StringComparison.Ordinal);
        Assert.Contains("AmazonSSMManagedInstanceCore", World.Error, StringComparison.Ordinal);
        Assert.Equal("terminated", Assert.Single(Stock.Instances).Value.State);
    }

    [Theory]
    [InlineData("aws: al2023-ami-*", "IB1144")]
    [InlineData("local: debian:12", "IB1142")]
    [InlineData("aws: recipe:nobody", "IB1137")]
    public void A_parent_that_names_no_image_is_refused_by_the_plan(string parent, string code)
    {
        Recipe(parent);
        Run((int)ExitCode.Usage, "Validate");
        Assert.Contains(code, World.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws: ami-99999999", "IB8302")]
    [InlineData("aws: ssm:/no/such/parameter", "IB8302")]
    [InlineData("aws: 123456789012/other *", "IB8302")]
    public void A_parent_that_is_not_there_is_a_problem_before_anything_starts(string parent, string code)
    {
        Recipe(parent);
        Run((int)ExitCode.BuildFailed, "Image");
        Assert.Contains(code, World.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(World.Cloud.Calls, Changes);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void The_image_is_copied_to_where_it_is_wanted_once_and_taken_back(bool served)
    {
        using var server = served ? World.Serve(Region) : null;
        Recipe($"aws: {Parent}", "encrypted: false", "instanceTypes: [m5.large]");
        File.AppendAllText(Path.Combine(World.Folder, "recipes/web/recipe.yml"), """

            distribution:
              amis:
                - regions: [eu-west-1, us-east-1]
                  name: "web {{ imagebuilder:version }}"
                  permissions: {accounts: ["210987654321"]}
                  parameters: [/images/web]
            """);
        Run(0, "Promote");
        foreach (var region in (string[])[Region, "us-east-1"])
        {
            var copy = Assert.Single(World.Cloud.StockOf(region).Images.Values, i => i.Name == "web 1.0.0");
            Assert.Equal(["210987654321"], World.Cloud.StockOf(region).Permissions[copy.Id].Accounts);
            Assert.Equal((CloudTags.Kept, copy.Id), (copy.Tags[CloudTags.State], World.Cloud.StockOf(region).Parameters["/images/web"]));
        }

        World.Cloud.Restart();
        File.Delete(Path.Combine(Folder, "distribution.json"));
        Run(0, "Distribute");
        Assert.DoesNotContain(World.Cloud.Calls, c => c.Contains("CopyImage", StringComparison.Ordinal));
        Run(0, "Undo");
        Assert.Empty(World.Cloud.StockOf("us-east-1").Images);
        Assert.DoesNotContain(Stock.Images.Values, i => i.Name == "web 1.0.0");
        server?.Requests.Fit();
    }

    [Fact]
    public void What_cannot_be_shared_because_it_is_encrypted_is_told_before_anything_starts()
    {
        File.AppendAllText(Path.Combine(World.Folder, "recipes/web/recipe.yml"), """

            distribution:
              amis:
                - {regions: [eu-west-1], permissions: {accounts: ["210987654321"]}}
            """);
        Run((int)ExitCode.Usage, "Image");
        Assert.Contains("IB1145", World.Error, StringComparison.Ordinal);
    }
}
