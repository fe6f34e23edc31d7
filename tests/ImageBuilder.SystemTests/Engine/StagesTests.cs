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
    public async Task Each_stage_in_a_process_of_its_own_makes_a_whole_image()
    {
        var results = await image.ResultsAsync();
        Assert.All(results, result => Assert.True(result.Succeeded, result.Output + result.Error));
        Assert.Equal(TestedImage.Stages.Count, results.Count);
        using var repository = await image.CopyAsync(Cancel); // and in another folder
        repository.Switches = ["--exclusive"];

        foreach (var stage in (string[])["Export", "Image"])
        {
            var result = await repository.RunAsync(stage, Cancel);
            Assert.True(result.ExitCode == 0, result.Output + result.Error);
        }

        Assert.Contains("failures=\"0\"", await File.ReadAllTextAsync(Path.Combine(repository.Image, "tests.junit.xml"), Cancel), StringComparison.Ordinal);
        var compared = await s_programs.RunAsync(new Command("qemu-img", "compare", "-f", "raw", "-F", "qcow2",
            Path.Combine(repository.Image, "disk.raw"), Path.Combine(repository.Image, "faulty-1.0.0.qcow2")), Cancel);
        Assert.True(compared.Succeeded, compared.Output);
        var sums = await s_programs.RunAsync(new Command("sha256sum", "-c", "SHA256SUMS") { WorkingDirectory = repository.Image }, Cancel);
        Assert.True(sums.Succeeded, sums.Output);
        Assert.Contains("faulty-1.0.0.vmdk", await File.ReadAllTextAsync(Path.Combine(repository.Image, "manifest.json"), Cancel), StringComparison.Ordinal);
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
