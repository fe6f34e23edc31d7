using Build.Housekeeping;
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

    private readonly SemaphoreSlim _preparing = new(1);
    private string? _folder;
    private OtherUser? _user;

    /// <summary>Layers that this user made. Packages that were downloaded before are in it.</summary>
    private string Cache => Path.Combine(_folder!, "cache"); // asked for after PrepareAsync

    public static void Skip(string needs) => Assert.Skip($"Needs {needs}.");

    /// <summary>Makes the program run as the user in this repository, which then is the user's.</summary>
    internal async Task TakeAsync(TestRepository repository, CancellationToken cancel)
    {
        await PrepareAsync(repository, cancel);
        if (_user is not { } user)
        {
            Skip("root, the package uidmap, and a .NET that other users can read");
            return;
        }

        repository.Program = Path.Combine(_folder!, "program"); // prepared
        repository.Cache = Cache;
        repository.Within = user.Within;
        repository.Environment = new Dictionary<string, string> { ["HOME"] = _folder!, ["USER"] = user.Name, ["LOGNAME"] = user.Name };
        await RunAsync(user.Owning(repository.Folder), cancel);
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
        _user = await OtherUser.FindAsync(s_programs, Path.Combine(_folder, "user"), cancel);
        if (_user is not null) await RunAsync(_user.Owning(_folder), cancel);
    }

    private static async Task RunAsync(string[] words, CancellationToken cancel) =>
        (await s_programs.RunAsync(new Command(words[0], [.. words.Skip(1)]), cancel)).OrThrow($"{words[0]} failed.");
}
