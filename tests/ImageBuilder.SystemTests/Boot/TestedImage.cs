using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Boot;
using ImageBuilder.SystemTests.Engine;

[assembly: AssemblyFixture(typeof(TestedImage))]

namespace ImageBuilder.SystemTests.Boot;

/// <summary>
/// A small image that was built, tested and exported once for all tests that need one, as CodeBuild does it: by the commands of the generated files, each
/// on a machine of its own. It is made when the first test asks.
/// </summary>
public sealed class TestedImage : IDisposable
{
    /// <summary>The jobs that were run, with what each hands on.</summary>
    private static readonly (string Job, string Artifact)[] s_jobs = [("validate", ""), ("plan", "Planned"), ("build", "Built"), ("test", "Tested")];

    private static readonly ProgramRunner s_programs = new();

    private readonly Lock _lock = new();
    private Task<Made>? _made;

    /// <summary>How each of the jobs ended.</summary>
    internal async Task<IReadOnlyDictionary<string, ProgramResult>> ResultsAsync() => (await MadeAsync()).Results;

    /// <summary>Where they were run.</summary>
    internal async Task<BuildMachine> MachineAsync() => (await MadeAsync()).Machine;

    /// <summary>A copy of the repository with all that was built up to the test.</summary>
    internal async Task<TestRepository> CopyAsync(CancellationToken cancel)
    {
        var made = await MadeAsync();
        Assert.All(made.Results.Values, result => Assert.True(result.Succeeded, result.Output + result.Error));
        return await made.Tested.CopyAsync(cancel);
    }

    public void Dispose()
    {
        if (_made is not { IsCompletedSuccessfully: true } made) return;
        made.GetAwaiter().GetResult().Machine.Dispose();
        made.GetAwaiter().GetResult().Tested.Dispose();
    }

    private Task<Made> MadeAsync()
    {
        lock (_lock) return _made ??= MakeAsync(CancellationToken.None);
    }

    // Not on the token of the test that happens to come first: others wait for it too.
    private static async Task<Made> MakeAsync(CancellationToken cancel)
    {
        var repository = new TestRepository("true");
        repository.AddPhase("test", ("Look", "systemctl is-active multi-user.target"));
        repository.ReplaceInRecipe("2GiB", "1GiB");
        repository.ReplaceInRecipe("outputs: [raw]", "outputs: [raw, qcow2, vmdk]");
        repository.ReplaceInRecipe("1.0.0\ndescription", "1.0.x\ndescription");
        var written = await repository.RunAsync("Ci", cancel);
        var machine = BuildMachine.For(repository);
        var results = new Dictionary<string, ProgramResult> { ["Ci"] = written };
        await KeepParentAsync(machine, cancel);
        foreach (var (job, artifact) in s_jobs)
        {
            results[job] = await machine.RunAsync(job, cancel);
            if (!results[job].Succeeded) return new Made(repository, machine, results);
            if (artifact.Length > 0) machine.HandOn(job, artifact);
        }

        await TakeTestedAsync(repository, machine, cancel);
        return new Made(repository, machine, results);
    }

    // An earlier build has made the parent image.
    private static async Task KeepParentAsync(BuildMachine machine, CancellationToken cancel)
    {
        var key = (await new TestBuild().ParentAsync(cancel)).Top!.Layer.Key; // made
        (await s_programs.RunAsync(new Command("tar", "--create", "--xattrs", "--xattrs-include=*", "--numeric-owner", $"--file={machine.Kept}/all.layers.tar",
            $"--directory={TestBuild.Cache}", $"layers/{key}"), cancel)).OrThrow("The layers of an earlier build could not be kept.");
    }

    // What was exported belongs to other tests.
    private static async Task TakeTestedAsync(TestRepository repository, BuildMachine machine, CancellationToken cancel)
    {
        (await s_programs.RunAsync(new Command("cp", "-a", Path.Combine(machine.CheckoutOf("test"), "artifacts"), repository.Folder), cancel))
            .OrThrow("What was built could not be copied.");
        foreach (var pattern in (string[])["export.json", "manifest.json", "SHA256SUMS", "faulty-1.0.0.*"])
            foreach (var file in Directory.EnumerateFiles(repository.Image, pattern)) File.Delete(file);
        repository.Cache = machine.CacheOf("build");
    }

    private sealed record Made(TestRepository Tested, BuildMachine Machine, IReadOnlyDictionary<string, ProgramResult> Results);
}
