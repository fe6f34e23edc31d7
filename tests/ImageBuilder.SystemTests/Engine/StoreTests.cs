using ImageBuilder.SystemTests.Torture;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>The layer store with files that only exist inside a user namespace.</summary>
public sealed class StoreTests(OrdinaryUser user)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_that_an_ordinary_user_cannot_reach_are_checked_too()
    {
        const string script = """
            mkdir -p /srv/closed/in && echo secret >/srv/closed/in/file && ln -s nowhere /srv/closed/link
            chmod 600 /srv/closed/in/file; chmod 700 /srv/closed/in /srv/closed; chown -R daemon: /srv/closed
            """;
        using var repository = new TestRepository(TestBuild.Unique + script);
        await user.TakeAsync(repository, Cancel);
        await BuildAsync(repository);

        var undamaged = await BuildAsync(repository);
        await File.WriteAllTextAsync(Secret(repository), "Secret\n", Cancel);
        var damaged = await BuildAsync(repository);

        Assert.DoesNotContain("damaged", undamaged, StringComparison.Ordinal);
        Assert.Contains("`srv/closed/in/file` has changed", damaged, StringComparison.Ordinal);
        Assert.Equal("secret\n", await File.ReadAllTextAsync(Secret(repository), Cancel));
    }

    private static string Secret(TestRepository repository) =>
        Directory.GetFiles(Path.Combine(repository.Cache, "layers"), "file", SearchOption.AllDirectories).Single(f => f.EndsWith("closed/in/file", StringComparison.Ordinal));

    // The record of an earlier run would say that there is nothing to do.
    private static async Task<string> BuildAsync(TestRepository repository)
    {
        if (Directory.Exists(repository.Artifacts)) await TinyRepository.BashAsync("""rm -rf "$1" """, [repository.Artifacts], Cancel);
        var result = await repository.RunAsync("Customize", Cancel);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        return result.Output;
    }
}
