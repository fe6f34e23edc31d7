using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Boot;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>Stages hand over by file: each in a process of its own, as CI systems run them.</summary>
public sealed class StagesTests(TestedImage image)
{
    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_of_a_pipeline_make_a_whole_image_each_in_its_own_checkout_with_nothing_but_what_was_handed_on()
    {
        var results = await image.ResultsAsync();
        Assert.All(results, result => Assert.True(result.Value.Succeeded, $"{result.Key}: {result.Value.Output}{result.Value.Error}"));
        Assert.Equal(["Ci", "validate", "plan", "build", "test"], results.Keys);
        var machine = await image.MachineAsync();
        var made = Path.Combine(machine.CheckoutOf("test"), "artifacts/faulty/1.0.0");

        Assert.Contains("failures=\"0\"", await File.ReadAllTextAsync(Path.Combine(made, "tests.junit.xml"), Cancel), StringComparison.Ordinal);
        var compared = await s_programs.RunAsync(new Command("qemu-img", "compare", "-f", "raw", "-F", "qcow2",
            Path.Combine(made, "disk.raw"), Path.Combine(made, "faulty-1.0.0.qcow2")), Cancel);
        Assert.True(compared.Succeeded, compared.Output);
        var sums = await s_programs.RunAsync(new Command("sha256sum", "-c", "SHA256SUMS") { WorkingDirectory = made }, Cancel);
        Assert.True(sums.Succeeded, sums.Output);
        Assert.Contains("faulty-1.0.0.vmdk", await File.ReadAllTextAsync(Path.Combine(made, "manifest.json"), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_of_a_pipeline_go_on_from_what_earlier_builds_have_kept()
    {
        var results = await image.ResultsAsync();
        var machine = await image.MachineAsync();
        Assert.Matches(@"Base\s.*reused", results["build"].Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(machine.CacheOf("test"), "layers"))); // only making an image takes layers
        Assert.Equal(["all.layers.tar", "faulty.records.tar"], Directory.EnumerateFiles(machine.Kept).Select(f => Path.GetFileName(f)!).Order()); // files
        var layers = await s_programs.RunAsync(new Command("tar", "--list", $"--file={machine.Kept}/all.layers.tar"), Cancel);
        var key = (await new TestBuild().ParentAsync(Cancel)).Top!.Layer.Key; // made
        Assert.Contains($"layers/{key}/", layers.Output, StringComparison.Ordinal);

        // The next version is found by the records of this one.
        using var repository = await image.CopyAsync(Cancel);
        repository.Replace("true", "false || true");
        Directory.Delete(repository.Artifacts, recursive: true);
        (await s_programs.RunAsync(new Command("tar", "--extract", $"--file={machine.Kept}/faulty.records.tar", $"--directory={repository.Folder}"), Cancel))
            .OrThrow("The records could not be taken.");
        Assert.True((await repository.RunAsync("Plan", Cancel)).Succeeded);
        Assert.True(File.Exists(Path.Combine(repository.Artifacts, "faulty/1.0.1/plan.json")));
    }

    [Fact]
    public async Task A_record_of_another_plan_is_refused_with_the_target_to_run()
    {
        using var repository = await image.CopyAsync(Cancel);
        repository.Switches = ["--exclusive"];
        repository.Replace("- |\n", "- |\n              # another plan\n");

        foreach (var (stage, before) in (IEnumerable<(string, string)>)[("Base", "Plan"), ("Disk", "Customize"), ("TestImage", "Disk"), ("Export", "Disk")])
        {
            var result = await repository.RunAsync(stage, Cancel);

            Assert.Equal((int)ExitCode.Usage, result.ExitCode);
            Assert.Contains("IB2002", result.Output + result.Error, StringComparison.Ordinal);
            Assert.Contains($"--target={before}", result.Output + result.Error, StringComparison.Ordinal);
        }
    }
}
