using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

[assembly: AssemblyFixture(typeof(OrdinaryUser))]

namespace ImageBuilder.SystemTests.Engine;

/// <summary>
/// A user of this machine who has subordinate ids, and everything that the program needs to run as that user; with one cache for all tests.
/// </summary>
public sealed class OrdinaryUser : IDisposable
{
    private static readonly ProgramRunner s_programs = new();

    private readonly string? _name = Environment.IsPrivilegedProcess ? NameOf() : null;
    private readonly SemaphoreSlim _preparing = new(1);
    private string? _folder;

    /// <summary>Layers that this user made. Packages that were downloaded before are in it.</summary>
    private string Cache => Path.Combine(_folder!, "cache"); // asked for after PrepareAsync

    /// <summary>What starts a program as the user.</summary>
    private IReadOnlyList<string> Within => ["setpriv", $"--reuid={_name}", $"--regid={_name}", "--init-groups"];

    public static void Skip(string needs) => Assert.Skip($"Needs {needs}.");

    /// <summary>Makes the program run as the user in this repository, which then is the user's.</summary>
    internal async Task TakeAsync(TestRepository repository, CancellationToken cancel)
    {
        if (_name is null) Skip("root, and a user with 65536 subordinate ids in /etc/subuid and /etc/subgid");
        await PrepareAsync(repository, cancel);
        repository.Program = Path.Combine(_folder!, "program"); // prepared
        repository.Cache = Cache;
        repository.Within = Within;
        repository.Environment = new Dictionary<string, string> { ["HOME"] = _folder!, ["USER"] = _name!, ["LOGNAME"] = _name! };
        await RunAsync(["chown", "-R", $"{_name}:", repository.Folder], cancel);
        var dotnet = await s_programs.RunAsync(new Command("setpriv", [.. Within.Skip(1), "dotnet", "--list-runtimes"]), cancel);
        if (!dotnet.Succeeded) Skip("a .NET that other users can read");
    }

    public void Dispose()
    {
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
        _preparing.Dispose();
    }

    private async Task PrepareAsync(TestRepository repository, CancellationToken cancel)
    {
        await _preparing.WaitAsync(cancel);
        try
        {
            if (_folder is null) await PrepareOnceAsync(repository, cancel);
        }
        finally
        {
            _preparing.Release();
        }
    }

    private async Task PrepareOnceAsync(TestRepository repository, CancellationToken cancel)
    {
        _folder = Directory.CreateTempSubdirectory("imagebuilder-user-").FullName;
        await RunAsync(["cp", "-r", repository.Program, Path.Combine(_folder, "program")], cancel);
        Directory.CreateDirectory(Cache);
        var packages = Path.Combine(TestBuild.Cache, "packages");
        if (Directory.Exists(packages)) await RunAsync(["cp", "-r", packages, Cache], cancel);
        await RunAsync(["chown", "-R", $"{_name}:", _folder], cancel);
    }

    private static async Task RunAsync(string[] words, CancellationToken cancel) =>
        (await s_programs.RunAsync(new Command(words[0], [.. words.Skip(1)]), cancel)).OrThrow($"{words[0]} failed.");

    // Not root itself, which may be in these files too.
    private static string? NameOf() => Names("/etc/subuid").Intersect(Names("/etc/subgid"))
        .FirstOrDefault(name => File.ReadLines("/etc/passwd").Any(l => l.Split(':') is [var n, _, not "0", ..] && n == name));

    private static IEnumerable<string> Names(string file) => !File.Exists(file) ? [] : File.ReadLines(file).Select(l => l.Split(':'))
        .Where(f => f.Length == 3 && long.TryParse(f[2], out var count) && count >= 65536).Select(f => f[0]);
}
