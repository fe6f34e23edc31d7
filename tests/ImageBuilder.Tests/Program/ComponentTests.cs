using System.Text.Json;
using System.Text.RegularExpressions;
using ImageBuilder.Planning;
using ImageBuilder.Problems;
using ImageBuilder.Tests.Planning;

namespace ImageBuilder.Tests.Program;

/// <summary><c>--target=Component</c> through the command line; the fake engine's root is a folder in which bash runs the steps.</summary>
public sealed partial class ComponentTests : IDisposable
{
    private const string Document = """
        schemaVersion: 1.0
        name: Greeting
        description: Says something.
        parameters:
          - Who: { type: string, default: world }
        phases:
          - name: build
            steps:
              - { name: Say, action: ExecuteBash, inputs: { commands: ["echo 'Hello, {{ Who }}'"] } }
              - name: Write
                action: CreateFile
                loop: { forEach: [a, b] }
                inputs: [{ path: "./{{ loop.value }}", content: "{{ build.Say.outputs.stdout }}" }]
          - name: validate
            steps:
              - { name: Look, action: Assert, inputs: { fileExists: ./a } }
          - name: test
            steps:
              - { name: Try, action: ExecuteBash, onFailure: Ignore, inputs: { commands: ["exit 3"] } }
          - name: cleanup
            steps:
              - { name: Clean, action: ExecuteBash, inputs: { commands: ["echo cleaned"] } }

        """;

    private readonly FakeWorld _world = new()
    {
        Planner = new Planner { Distributions = [new FakeDistribution()], FormatNames = ["raw"] },
    };

    public ComponentTests()
    {
        _world.Write("recipes/small/recipe.yml", TestRepository.Recipe);
        _world.Write("greeting.yml", Document);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_component_is_run_and_the_last_line_says_in_JSON_how_it_went()
    {
        Assert.Equal(0, Run("greeting.yml", "--parameters=Who=you"));
        Assert.Equal(["Component small", "boot"], _world.Engine.Ran);
        Assert.Contains("      Hello, you\n", _world.Output, StringComparison.Ordinal);
        using var summary = JsonDocument.Parse(_world.Output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(["executionId", "status", "failedStepCount", "executedStepCount", "ignoredFailedStepCount", "failureMessage", "logUrl"],
            summary.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal("SuccessWithIgnoredFailure", summary.RootElement.GetProperty("status").GetString());
        Assert.Equal((4, 1), (summary.RootElement.GetProperty("executedStepCount").GetInt32(), summary.RootElement.GetProperty("ignoredFailedStepCount").GetInt32()));
    }

    [Fact]
    public void The_logs_have_the_shape_of_AWSTOE()
    {
        Run("greeting.yml", "--log-directory=logs");
        var folder = Assert.Single(Directory.GetDirectories(Path.Combine(_world.Folder, "logs")));
        Assert.Matches(FolderName(), Path.GetFileName(folder));
        Assert.Equal(["application.log", "chaining.json", "console.log", "detailedoutput.json", "document.yaml"],
            Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Document, File.ReadAllText(Path.Combine(folder, "document.yaml")));
        Assert.StartsWith("Hello, world\n", File.ReadAllText(Path.Combine(folder, "console.log")), StringComparison.Ordinal);
        var steady = File.ReadAllText(Path.Combine(folder, "detailedoutput.json")).Replace(_world.Folder, "/repository", StringComparison.Ordinal);
        Golden.Check(Ids().Replace(steady, "<id>"), "detailedoutput.json");
        Golden.Check(File.ReadAllText(Path.Combine(folder, "chaining.json")), "chaining.json");
    }

    [Theory]
    [InlineData("echo 'Hello, {{ Who }}'", "exit 5", ExitCode.BuildFailed, "Component small")]
    [InlineData("fileExists: ./a", "fileExists: ./none", ExitCode.BuildFailed, "Component small boot")]
    [InlineData("onFailure: Ignore", "onFailure: Continue", ExitCode.TestFailed, "Component small boot")]
    public void A_failing_step_ends_with_the_exit_code_of_its_phase(string right, string wrong, ExitCode exit, string ran)
    {
        _world.Write("wrong.yml", Document.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Equal((int)exit, Run("wrong.yml"));
        Assert.Equal(ran, string.Join(' ', _world.Engine.Ran));
        Assert.Contains("error IB4101", _world.Error, StringComparison.Ordinal);
        Assert.Contains("again: ./build.sh --target=Component", _world.Error, StringComparison.Ordinal);
        var console = File.ReadAllText(Directory.GetFiles(_world.Folder, "console.log", SearchOption.AllDirectories).Single());
        foreach (var key in (string[])["Document: Greeting", "Phase: ", "Step: ", "Action: ", "ErrorMessage: "]) Assert.Contains(key, console, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_step_that_fails_and_continues_the_other_phases_run_and_the_component_fails()
    {
        _world.Write("wrong.yml", Document.Replace("name: Say, action: ExecuteBash,", "name: Say, action: ExecuteBash, onFailure: Continue,", StringComparison.Ordinal)
            .Replace("'Hello, {{ Who }}'", "x; exit 5", StringComparison.Ordinal));
        Assert.Equal((int)ExitCode.BuildFailed, Run("wrong.yml"));
        Assert.Contains("wrong/validate/Look", _world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("build", "Say Write")]
    [InlineData("validate,build", "Say Write Look")]
    [InlineData("cleanup", "Clean")]
    [InlineData("test", "Try")]
    public void Only_the_phases_that_are_named_run_in_the_documents_order(string phases, string steps)
    {
        Assert.Equal(0, Run("greeting.yml", $"--phases={phases}"));
        Assert.Equal(steps, string.Join(' ', StepLines().Matches(_world.Output).Select(m => m.Groups["step"].Value)));
    }

    [Theory]
    [InlineData("greeting.yml", "--phases=build,tset", "Did you mean `test`?")]
    [InlineData("greeting.yml", "--parameters=Who", "--parameters=Name=value")]
    [InlineData("greeting.yml", "--parameters=Who=", "--parameters=Who=…")]
    [InlineData("greeting.yml", "--recipe=smal", "Did you mean `small`?")]
    [InlineData("greeting.yml", "--document=greeting.yml", "Component runs one document")]
    [InlineData("nothing.yml", "--keep", "nothing.yml")]
    [InlineData("recipes/small/recipe.yml", "--keep", "phases")]
    [InlineData("recipes", "--keep", "recipes")]
    public void A_mistake_runs_nothing(string document, string more, string message)
    {
        Assert.Equal((int)ExitCode.Usage, Run(document, more));
        Assert.Contains(message, _world.Error, StringComparison.Ordinal);
        Assert.Empty(_world.Engine.Ran);
        Assert.False(Directory.Exists(Path.Combine(_world.Folder, "artifacts")));
    }

    [Fact]
    public void A_parameter_without_default_must_be_given_and_one_that_is_not_known_is_ignored_with_a_warning()
    {
        _world.Write("strict.yml", Document.Replace(", default: world", "", StringComparison.Ordinal));
        Assert.Equal((int)ExitCode.Usage, Run("strict.yml"));
        Assert.Contains("--parameters=Who=", _world.Error, StringComparison.Ordinal);
        Assert.Equal(0, Run("strict.yml", "--parameters=Who=a,b,Whom=c"));
        Assert.Contains("warning IB1262", _world.Error, StringComparison.Ordinal);
        Assert.Contains("Hello, a,b\n", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_component_of_the_repository_goes_by_its_name_and_version_and_finds_its_files()
    {
        _world.Write("components/files/1.2.3/component.yml", """
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: Copy, action: CopyFile, inputs: [{ source: data/a.txt, destination: ./copied }] }
                  - { name: Show, action: ExecuteBash, inputs: { commands: [cat copied] } }

            """);
        _world.Write("components/files/1.2.3/data/a.txt", "content of the file\n");
        Assert.Equal(0, Run("components/files/1.2.3"));
        Assert.Contains("files 1.2.3: success", _world.Output, StringComparison.Ordinal);
        Assert.Contains("content of the file", _world.Output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(_world.Folder, "artifacts/components/files/logs")));
    }

    [Fact]
    public void A_template_of_the_component_is_rendered_with_its_parameters_and_copied_without_its_ending()
    {
        _world.Write("app/component.yml", """
            schemaVersion: 1.0
            parameters:
              - Port: { type: string, default: "80" }
            phases:
              - name: build
                steps:
                  - { name: Copy, action: CopyFile, inputs: [{ source: app.conf.sbn, destination: ./etc/ }] }
                  - { name: Show, action: ExecuteBash, inputs: { commands: [cat etc/app.conf] } }

            """);
        _world.Write("app/app.conf.sbn", "{{ if Port == '80' }}plain{{ else }}port {{ Port }}{{ end }}\n");
        Assert.Equal(0, Run("app", "--parameters=Port='$(id)"));
        Assert.Contains("      port '$(id)\n", _world.Output, StringComparison.Ordinal);
        _world.Write("app/app.conf.sbn", "first\n{{ Prot }}\n");
        Assert.Equal((int)ExitCode.Usage, Run("app"));
        Assert.Contains("app.conf.sbn:2:4: error IB1252", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_kept_is_said()
    {
        Run("greeting.yml", "--keep");
        Assert.Contains("Kept: ", _world.Output, StringComparison.Ordinal);
        Run("greeting.yml");
        Assert.DoesNotContain("Kept: ", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_run_leaves_the_logs_of_what_it_did()
    {
        _world.Write("slow.yml", Document.Replace("fileExists: ./a", "fileExists: ./a", StringComparison.Ordinal)
            .Replace("[\"exit 3\"]", "[\"echo now; sleep 60\"]", StringComparison.Ordinal));
        _world.Stop.CancelAfter(TimeSpan.FromSeconds(3));
        Assert.Equal((int)ExitCode.Stopped, Run("slow.yml"));
        var log = Directory.GetFiles(_world.Folder, "detailedoutput.json", SearchOption.AllDirectories).Single();
        using var detailed = JsonDocument.Parse(File.ReadAllText(log));
        Assert.Equal(2, detailed.RootElement.GetProperty("documents")[0].GetProperty("phases").GetArrayLength());
    }

    private int Run(string document, params string[] more) => _world.Run(["--target=Component", $"--document={document}", "--no-report", .. more]);

    [GeneratedRegex(@"\ATOE_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_UTC-0_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z")]
    private static partial Regex FolderName();

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Ids();

    [GeneratedRegex(@"^    (?<step>\w+) +\w+ +(success|IgnoredFailure)", RegexOptions.Multiline)]
    private static partial Regex StepLines();
}
