using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

namespace ImageBuilder.SystemTests.Boot;

/// <summary>The main job through the command line: a recipe becomes a booted, tested image, or nothing.</summary>
public sealed class ImageTests
{
    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_whose_tests_pass_is_exported_byte_for_byte()
    {
        using var repository = Tested("systemctl is-active multi-user.target");

        var result = await repository.RunAsync("Image", Cancel);

        Assert.True(result.ExitCode == 0, result.Output);
        var folder = Path.Combine(repository.Artifacts, "faulty/1.0.0");
        Assert.True(File.Exists(Path.Combine(folder, "manifest.json")));
        Assert.Contains("failures=\"0\"", await File.ReadAllTextAsync(Path.Combine(folder, "tests.junit.xml"), Cancel), StringComparison.Ordinal);
        var compared = await s_programs.RunAsync(new Command("qemu-img", "compare", "-f", "raw", "-F", "qcow2",
            Path.Combine(folder, "disk.raw"), Path.Combine(folder, "faulty-1.0.0.qcow2")), Cancel);
        Assert.True(compared.Succeeded, compared.Output);
        var sums = await s_programs.RunAsync(new Command("sha256sum", "-c", "SHA256SUMS") { WorkingDirectory = folder }, Cancel);
        Assert.True(sums.Succeeded, sums.Output);
    }

    [Fact]
    public async Task A_failing_test_ends_the_run_with_11_and_nothing_is_exported()
    {
        using var repository = Tested("echo the reason; exit 1");

        var result = await repository.RunAsync("Image", Cancel);

        Assert.Equal((int)ExitCode.TestFailed, result.ExitCode);
        Assert.Contains("the reason", result.Output + result.Error, StringComparison.Ordinal);
        var folder = Path.Combine(repository.Artifacts, "faulty/1.0.0");
        Assert.True(File.Exists(Path.Combine(folder, "tests.junit.xml")));
        Assert.Empty(Directory.GetFiles(folder, "faulty-1.0.0.*"));
        Assert.False(File.Exists(Path.Combine(folder, "manifest.json")));
    }

    private static TestRepository Tested(string script)
    {
        var repository = new TestRepository("true");
        repository.AddPhase("test", ("Look", script));
        repository.ReplaceInRecipe("outputs: [raw]", "outputs: [raw, qcow2]");
        return repository;
    }
}
