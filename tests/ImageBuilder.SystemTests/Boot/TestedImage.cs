using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Boot;
using ImageBuilder.SystemTests.Engine;

[assembly: AssemblyFixture(typeof(TestedImage))]

namespace ImageBuilder.SystemTests.Boot;

/// <summary>
/// A small image that was built and tested once for all tests that need one, by one process for each stage. It is made when the first test asks.
/// </summary>
public sealed class TestedImage : IDisposable
{
    /// <summary>The stages that have been run.</summary>
    public static readonly IReadOnlyList<string> Stages = ["Validate", "Plan", "Base", "Customize", "Disk", "TestImage"];

    private readonly Lock _lock = new();
    private Task<(TestRepository Repository, IReadOnlyList<ProgramResult> Results)>? _made;

    /// <summary>How each of the processes ended.</summary>
    internal async Task<IReadOnlyList<ProgramResult>> ResultsAsync() => (await MadeAsync()).Results;

    /// <summary>A copy of the repository with all that was built.</summary>
    internal async Task<TestRepository> CopyAsync(CancellationToken cancel)
    {
        var (repository, results) = await MadeAsync();
        Assert.All(results, result => Assert.True(result.Succeeded, result.Output + result.Error));
        return await repository.CopyAsync(cancel);
    }

    public void Dispose()
    {
        if (_made is { IsCompletedSuccessfully: true } made) made.GetAwaiter().GetResult().Repository.Dispose();
    }

    private Task<(TestRepository Repository, IReadOnlyList<ProgramResult> Results)> MadeAsync()
    {
        lock (_lock) return _made ??= MakeAsync();
    }

    // Not on the token of the test that happens to come first: others wait for it too.
    private static async Task<(TestRepository Repository, IReadOnlyList<ProgramResult> Results)> MakeAsync()
    {
        var repository = new TestRepository("true") { Switches = ["--exclusive"] };
        repository.AddPhase("test", ("Look", "systemctl is-active multi-user.target"));
        repository.ReplaceInRecipe("2GiB", "1GiB");
        repository.ReplaceInRecipe("outputs: [raw]", "outputs: [raw, qcow2, vmdk]");
        var results = new List<ProgramResult>();
        foreach (var stage in Stages) results.Add(await repository.RunAsync(stage, CancellationToken.None));
        repository.Switches = [];
        return (repository, results);
    }
}
