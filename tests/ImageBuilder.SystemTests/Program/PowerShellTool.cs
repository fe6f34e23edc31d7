using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Program;

/// <summary>PowerShell from its package, in a folder that goes when the tests have ended.</summary>
public sealed class PowerShellTool : IAsyncLifetime
{
    private const string Version = "7.6.9";

    private static readonly ProgramRunner s_programs = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("imagebuilder-pwsh-").FullName;

    private string? _library;

    public async ValueTask InitializeAsync()
    {
        var install = new Command("dotnet", "tool", "install", "PowerShell", "--version", Version, "--tool-path", _folder)
        {
            Environment = new Dictionary<string, string> { ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" },
            TimeOut = TimeSpan.FromMinutes(5),
        };
        (await s_programs.RunAsync(install, TestContext.Current.CancellationToken)).OrThrow("PowerShell could not be installed.");
        // The package has one for Windows, too.
        _library = Directory.EnumerateFiles(_folder, "pwsh.dll", SearchOption.AllDirectories).Single(f => f.EndsWith("/unix/pwsh.dll", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>PowerShell with these arguments, by a path of its runtime that no <c>PATH</c> of a test hides.</summary>
    internal Command Command(params ReadOnlySpan<string> arguments) =>
        new(s_programs.Find("dotnet")!, [_library!, "-NoProfile", "-NonInteractive", .. arguments]); // It was installed by this one.
}
