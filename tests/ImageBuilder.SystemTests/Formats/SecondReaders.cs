using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Formats;

/// <summary>Readers of disk formats that are neither ours nor QEMU's.</summary>
internal static class SecondReaders
{
    private static readonly ProgramRunner s_programs = new();

    /// <summary>Runs a reader, or skips the test that wants it where it is not installed.</summary>
    public static async Task<string> RunAsync(string package, string program, params string[] arguments)
    {
        Assert.SkipWhen(s_programs.Find(program) is null, $"needs {program} of the package {package}");
        var result = await s_programs.RunAsync(new Command(program, arguments), TestContext.Current.CancellationToken);
        Assert.True(result.Succeeded, $"{result.Command}: {result.Error}{result.Output}");
        return result.Output;
    }
}
