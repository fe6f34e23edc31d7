using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Library;

/// <summary>A key that is made for one test.</summary>
internal sealed class SigningKey : IAsyncDisposable
{
    private static readonly ProgramRunner s_programs = new();

    private readonly string _home;

    private SigningKey(string folder) =>
        _home = Directory.CreateDirectory(Path.Combine(folder, "keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

    public static async Task<SigningKey> MakeAsync(string folder, CancellationToken cancel)
    {
        var key = new SigningKey(folder);
        await key.RunAsync(["--quick-generate-key", "made-up", "rsa2048", "sign", "never"], cancel);
        return key;
    }

    /// <param name="what"><c>--export</c> for the public key, <c>--export-secret-keys</c> for both.</param>
    public Task ExportAsync(string what, string path, CancellationToken cancel) => RunAsync(["--armor", "--output", path, what, "made-up"], cancel);

    public async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancel)
    {
        string[] all = ["--homedir", _home, "--batch", "--quiet", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", .. arguments];
        var result = await s_programs.RunAsync(new Command("gpg", all), cancel);
        Assert.True(result.Succeeded, result.Output + result.Error);
    }

    /// <summary>Ends the agent that gpg has started.</summary>
    public async ValueTask DisposeAsync() => await s_programs.RunAsync(new Command("gpgconf", "--homedir", _home, "--kill", "all"), CancellationToken.None);
}
