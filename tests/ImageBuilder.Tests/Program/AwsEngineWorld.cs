using ImageBuilder.Clouds;
using ImageBuilder.Engines.Aws;
using ImageBuilder.Exporting;
using ImageBuilder.Planning;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>A recipe for the aws engine, and a cloud that is kept in memory and whose machines run their commands here.</summary>
public abstract class AwsEngineWorld : IDisposable
{
    private protected const string Region = "eu-west-1";
    private protected const string Parent = "ami-11111111";

    private protected FakeWorld World { get; } = new();

    protected AwsEngineWorld()
    {
        World.Clock.Skips = true;
        World.Planner = new Planner();
        World.Exporter = new Exporter();
        World.Engines.Add(new AwsEngine());
        Stock.Machine = Path.Combine(World.Folder, "machine");
        Stock.Images[Parent] = ImageOf(Parent, "base 1");
        Recipe($"aws: {Parent}");
        Component("""
              - name: build
                steps:
                  - name: Write
                    action: ExecuteBash
                    inputs:
                      commands: ["echo hello; printf '%s' found >here.txt; pwd >&2"]
                  - name: Restart
                    action: Reboot
                    inputs: {delaySeconds: 0}
                  - name: Use
                    action: ExecuteBash
                    inputs:
                      commands: ["echo '{{ build.Write.outputs.stdout }} again'"]
              - name: validate
                steps:
                  - name: Check
                    action: ExecuteBash
                    inputs:
                      commands: ["true"]
              - name: test
                steps:
                  - name: Works
                    action: ExecuteBash
                    inputs:
                      commands: ["echo works"]
            """);
    }

    private protected FakeStock Stock => World.Cloud.StockOf(Region);

    private protected string Folder => World.ArtifactsOf("web");

    public void Dispose()
    {
        World.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static bool Changes(string call) => char.IsUpper(call.Split(' ')[1][0]);

    private protected void Run(int exit, string target, params string[] more)
    {
        var found = World.Run([$"--target={target}", "--engine=aws", .. more]);
        Assert.True(exit == found, $"{found}\n{World.Shown}");
    }

    private protected void Recipe(string parent, params string[] machine) => World.Write("recipes/web/recipe.yml", $"""
        schemaVersion: 1.0
        name: web
        version: 1.0.0
        parentImage:
          {parent}
        components:
          - name: page
        aws:
          region: {Region}
          {(machine.Length > 0 ? string.Join("\n  ", machine) : "instanceTypes: [m5.large]")}
        """);

    private protected void Component(string phases) => World.Write("components/page/1.0.0/component.yml", $"name: page\nschemaVersion: 1.0\nphases:\n{phases}\n");

    private protected static CloudImage ImageOf(string id, string name) =>
        new(id, name, "available", "", "123456789012", default, ["snap-parent"], new Dictionary<string, string>())
        {
            Architecture = "x86_64",
            RootDevice = "/dev/xvda",
            RootGiB = 8,
        };
}
