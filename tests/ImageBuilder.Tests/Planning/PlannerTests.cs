using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Tests.Planning;

public sealed class PlannerTests : IDisposable
{
    private const string App = """
        schemaVersion: 1.0
        parameters:
          - Text: { type: string, default: hello }
        phases:
          - name: build
            steps:
              - name: Write
                action: CreateFile
                inputs: [{ path: /a, content: "{{ Text }}" }]
              - name: Copy
                action: CopyFile
                inputs: [{ source: files/b, destination: /b }]
              - name: Restart
                action: Reboot
          - name: validate
            steps:
              - { name: Check, action: Assert, inputs: { fileExists: /a } }
          - name: test
            steps:
              - { name: Ask, action: ExecuteBash, timeoutSeconds: 60, maxAttempts: 2, onFailure: Continue, inputs: { commands: [cat /a] } }

        """;

    private readonly TestRepository _repository = new TestRepository().WithApp(App).With("components/app/1.0.0/files/b", "b");

    [Fact]
    public void A_plan_holds_every_step_of_its_phase_in_order()
    {
        var plan = _repository.Plan();
        Assert.Equal(["app/build/Write", "app/build/Copy", "app/build/Restart"], plan.Build.Select(s => s.Id));
        Assert.Equal(["app/validate/Check"], plan.Validate.Select(s => s.Id));
        var test = Assert.Single(plan.Test);
        Assert.Equal((60, 2, OnFailure.Continue, "components/app/1.0.0/component.yml:20:9"), (test.TimeoutSeconds, test.MaxAttempts, test.OnFailure, test.At.ToString()));
        Assert.Equal([false, false, true], plan.Build.Select(s => s.Reboots));
        var file = Assert.Single(plan.Build[1].Files);
        Assert.Equal(("files/b", "components/app/1.0.0/files/b", "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d", 0b110_100_100),
            (file.Name, file.Source, file.Digest, file.Mode));
        Assert.All(plan.Build, s => Assert.Matches("^[0-9a-f]{64}$", s.Key));
        Assert.All(plan.Validate.Concat(plan.Test), s => Assert.Equal("", s.Key));
        Assert.Equal(plan.Build[^1].Key, plan.TopKey);
        Assert.Equal(("small", "1.0.0", "debian", "bookworm", 1L << 30), (plan.Recipe, plan.Version, plan.Parent.Distribution, plan.Parent.Release, plan.Disk.Size));
    }

    [Fact]
    public async Task A_recipe_for_Windows_is_planned_to_PowerShell_scripts()
    {
        _repository.WithApp(App.Replace("action: ExecuteBash", "action: ExecutePowerShell", StringComparison.Ordinal));
        WithRecipe("parentImage: { local: debian:12 }", "platform: Windows\nparentImage: { aws: windows-server-2022 }");
        var plan = _repository.Plan();
        Assert.Equal(("Windows", "none", "windows-server-2022"), (plan.Platform, plan.Parent.Kind, plan.Parent.Reference));
        Assert.All(plan.Build.Concat(plan.Validate).Concat(plan.Test), s => Assert.Equal(Shell.PowerShell, s.Script.Shell));
        Assert.All(plan.Build, s => Assert.Matches("^[0-9a-f]{64}$", s.Key));
        await PlanFolder.WriteAsync(plan, _repository.Artifacts, TestContext.Current.CancellationToken);
        var scripts = Directory.EnumerateFiles(Path.Combine(_repository.Artifacts, PlanFolder.Scripts)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal("001-build-app-Write.ps1", Path.GetFileName(scripts[0]));
        // Windows PowerShell takes a script without a byte order mark for the machine's old code page.
        Assert.All(scripts, f => Assert.Equal([0xef, 0xbb, 0xbf], File.ReadAllBytes(f)[..3]));
        var refused = await Assert.ThrowsAsync<ProblemException>(() => new LocalEngine().BaseAsync(
            new BuildRun(plan, _repository.Artifacts, new EngineSettings(_repository.Root, "/nonexistent", null), new ProgramRunner(), TimeProvider.System,
                null!), // it ends before anything is reported
            TestContext.Current.CancellationToken));
        Assert.Equal(("IB4008", ExitCode.Usage), (Assert.Single(refused.Problems).Code, refused.Exit));
    }

    [Fact]
    public void The_same_input_gives_the_same_plan_wherever_it_lies()
    {
        using var other = new TestRepository().WithApp(App).With("components/app/1.0.0/files/b", "b");
        Assert.Equal(_repository.Plan().Digest, other.Plan().Digest);
        Assert.Equal(_repository.Plan().TopKey, other.Plan().TopKey);
    }

    public static TheoryData<string, int> Changes => new()
    {
        // What is changed, and how many of the three layers stay.
        { "inputs of the first step", 0 },
        { "a parameter", 0 },
        { "the bootstrap", 0 },
        { "the packages", 0 },
        { "the epoch", 0 },
        { "content of a copied file", 1 },
        { "mode of a copied file", 1 },
        { "the last step", 2 },
        { "a test", 3 },
        { "the name of a step", 3 },
        { "a comment", 3 },
        { "the disk", 3 },
        { "the outputs", 3 },
        { "another file of the component", 3 },
    };

    [Theory, MemberData(nameof(Changes))]
    public void A_key_changes_with_what_can_change_the_layer_and_with_nothing_else(string change, int stay)
    {
        var before = _repository.Plan();
        long? epoch = null;
        switch (change)
        {
            case "inputs of the first step": _repository.WithApp(App.Replace("path: /a,", "path: /aa,", StringComparison.Ordinal)); break;
            case "a parameter": WithRecipe("name: app", "name: app, parameters: { Text: bye }"); break;
            case "the bootstrap": _repository.Distribution = new FakeDistribution { Inputs = "bootstrap 2" }; break;
            case "the packages": _repository.Distribution = new FakeDistribution { Packages = ["udev"] }; break;
            case "the epoch": epoch = 1; break;
            case "content of a copied file": _repository.With("components/app/1.0.0/files/b", "c"); break;
            case "mode of a copied file":
                File.SetUnixFileMode(Path.Combine(_repository.Root, "components/app/1.0.0/files/b"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
                break;
            case "the last step": _repository.WithApp(App.Replace("action: Reboot", "action: Reboot\n        inputs: { delaySeconds: 1 }", StringComparison.Ordinal)); break;
            case "a test": _repository.WithApp(App.Replace("cat /a", "cat /b", StringComparison.Ordinal)); break;
            case "the name of a step": _repository.WithApp(App.Replace("name: Write", "name: Write it", StringComparison.Ordinal)); break;
            case "a comment": _repository.WithApp("# a comment\n" + App); break;
            case "the disk": WithRecipe("1GiB", "2GiB"); break;
            case "the outputs": WithRecipe("[raw]", "[raw, ova]"); break;
            default: _repository.With("components/app/1.0.0/README.md", "text"); break;
        }

        var after = _repository.Plan(epoch);
        Assert.Equal(stay, before.Build.Zip(after.Build, (a, b) => a.Key == b.Key).TakeWhile(same => same).Count());
        Assert.Equal(3 - stay, before.Build.Zip(after.Build, (a, b) => a.Key != b.Key).Count(differs => differs));
        Assert.Equal(change is "the outputs" or "a comment" or "another file of the component", before.Digest == after.Digest);
        Assert.Equal(stay == 3 && change != "the disk", before.Stages.Disk == after.Stages.Disk);
    }

    [Fact]
    public void The_digest_does_not_change_with_places()
    {
        var before = _repository.Plan();
        File.AppendAllText(Path.Combine(_repository.Root, "recipes/small/recipe.yml"), "# the end\n");
        Assert.Equal(before.Digest, _repository.Plan().Digest);
    }

    [Fact]
    public void Outputs_of_the_command_line_replace_those_of_the_recipe() => Assert.Equal(["ova", "raw"], _repository.Plan(null, "ova", "raw").Outputs);

    [Fact]
    public async Task A_number_is_used_again_until_its_build_is_finished_and_differs()
    {
        var first = _repository.Plan();
        await LeaveAsync(first, finished: false);
        _repository.WithApp(App.Replace("/a", "/other", StringComparison.Ordinal));
        var second = _repository.Plan();
        Assert.Equal("1.0.0", second.Version);
        await LeaveAsync(second, finished: true);
        Assert.Equal("1.0.0", _repository.Plan().Version);
        Assert.Equal(second.Digest, _repository.Plan().Digest);
        _repository.WithApp(App);
        var third = _repository.Plan();
        Assert.Equal("1.0.1", third.Version);
        await LeaveAsync(third, finished: true);
        Directory.CreateDirectory(Path.Combine(_repository.Artifacts, "small/2.0.0"));
        Directory.CreateDirectory(Path.Combine(_repository.Artifacts, "small/not a version"));
        Assert.Equal("1.0.1", _repository.Plan().Version);
        await File.WriteAllTextAsync(Path.Combine(_repository.Artifacts, "small/1.0.1", RecordFiles.PlanFile), "{ broken", TestContext.Current.CancellationToken);
        Assert.Equal("1.0.2", _repository.Plan().Version);
    }

    [Fact]
    public async Task A_fixed_version_stays()
    {
        WithRecipe("1.0.x", "3.2.1");
        await LeaveAsync(_repository.Plan(), finished: true);
        _repository.WithApp(App.Replace("/a", "/other", StringComparison.Ordinal));
        WithRecipe("1.0.x", "3.2.1");
        Assert.Equal("3.2.1", _repository.Plan().Version);
    }

    [Fact]
    public void The_highest_version_that_matches_is_taken()
    {
        _repository.With("components/app/1.2.0/component.yml", App.Replace("files/b", "/etc/passwd", StringComparison.Ordinal))
            .With("components/app/1.10.0/component.yml", App.Replace("files/b", "/etc/passwd", StringComparison.Ordinal))
            .With("components/app/2.0.0/component.yml", App.Replace("files/b", "/etc/passwd", StringComparison.Ordinal))
            .With("components/app/3.0.0/README.md", "no document");
        Assert.Equal("2.0.0", _repository.Plan().Components[0].Version);
        WithRecipe("name: app", "name: app, version: 1.x.x");
        Assert.Equal("1.10.0", _repository.Plan().Components[0].Version);
    }

    [Fact]
    public void Only_the_tests_of_a_component_under_tests_are_run()
    {
        _repository.With("components/check/1.0.0/component.yml", App.Replace("files/b", "/b", StringComparison.Ordinal))
            .With("recipes/small/recipe.yml", TestRepository.Recipe + "tests: [{ name: check }]\n");
        var planned = _repository.PlanAll();
        Assert.Equal(["app/test/Ask", "check/test/Ask"], planned.Plans[0].Test.Select(s => s.Id));
        Assert.DoesNotContain(planned.Plans[0].Build, s => s.Component == "check");
        Assert.Equal("IB1504", Assert.Single(planned.Warnings).Code);
    }

    [Fact]
    public void A_link_that_leads_out_of_the_component_is_no_file_of_it()
    {
        File.CreateSymbolicLink(Path.Combine(_repository.Root, "components/app/1.0.0/files/secret"), "/etc/passwd");
        _repository.WithApp(App.Replace("files/b", "files/secret", StringComparison.Ordinal));
        Assert.Equal("IB1308", Assert.Single(_repository.Problems()).Code);
    }

    [Fact]
    public void Problems_of_a_component_that_two_recipes_share_are_said_once()
    {
        _repository.WithApp(App.Replace("CreateFile", "CraeteFile", StringComparison.Ordinal))
            .With("recipes/other/recipe.yml", TestRepository.Recipe.Replace("name: small", "name: other", StringComparison.Ordinal));
        Assert.Equal("IB1206", Assert.Single(_repository.Problems()).Code);
    }

    [Fact]
    public void Recipes_are_chosen_by_name_and_by_pattern()
    {
        _repository.With("recipes/other/recipe.yml", TestRepository.Recipe.Replace("name: small", "name: other", StringComparison.Ordinal));
        Assert.Equal(["other", "small"], _repository.PlanAll().Plans.Select(p => p.Recipe));
        Assert.Empty(_repository.Problems("sm*", "small"));
        var problem = Assert.Single(_repository.Problems("smal"));
        Assert.Equal(("IB1121", "Did you mean `small`?"), (problem.Code, problem.Fix));
    }

    public void Dispose() => _repository.Dispose();

    private void WithRecipe(string text, string instead) =>
        _repository.With("recipes/small/recipe.yml", TestRepository.Recipe.Replace(text, instead, StringComparison.Ordinal));

    private async Task LeaveAsync(Plan plan, bool finished)
    {
        var folder = Path.Combine(_repository.Artifacts, plan.Recipe, plan.Version);
        await RecordFiles.WriteAsync(folder, RecordFiles.PlanFile, plan, TestContext.Current.CancellationToken);
        if (finished) await File.WriteAllTextAsync(Path.Combine(folder, RecordFiles.ManifestFile), "{}", TestContext.Current.CancellationToken);
    }
}
