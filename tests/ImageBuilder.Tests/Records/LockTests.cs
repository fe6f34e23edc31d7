using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Records;
using ImageBuilder.Tests.Formats;

namespace ImageBuilder.Tests.Records;

public sealed class LockTests : IDisposable
{
    private static readonly Plan s_plan = FormatFolder.Plan with
    {
        Recipe = "web",
        Components = [Component("nginx"), Component("network-dhcp")],
    };

    private static readonly Based s_base = new("plan", "key", 1_795_313_345, Reused: false, 14.5)
    {
        Digest = Digest('a'),
        Repositories = [new LockedRepository("bookworm-updates", Digest('b')), new LockedRepository("bookworm", Digest('c'))],
    };

    private static readonly Customized s_customized = new("plan", "key", 1_795_313_345, [],
    [
        new PackageVersion("zlib1g", "1:1.2.13.dfsg-1", "amd64", Digest('d')), new PackageVersion("base-files", "12.4+deb12u15", "amd64", Digest('e')),
        new PackageVersion("cowsay", "3.03", "all", Files: Digest('f')),
    ])
    {
        Downloads = [new LockedDownload("nginx/build/Key", "/etc/key", Digest('1'))],
    };

    private static readonly ToolVersion[] s_tools = [new("mmdebstrap", "1.3.5-7"), new("e2fsprogs", "1.47.0-2+b2")];

    private readonly string _repository = Directory.CreateTempSubdirectory("lock-").FullName;

    private string File => Path.Combine(_repository, LockFile.PathOf("web"));

    public void Dispose() => Directory.Delete(_repository, recursive: true);

    [Fact]
    public async Task It_survives_its_file_and_is_written_once()
    {
        Assert.False(await LockFile.WriteAsync(_repository, Made(), CancellationToken.None));
        var read = Read();
        Assert.True(await LockFile.WriteAsync(_repository, read, CancellationToken.None));
        Assert.Empty(Differences(read));
        Assert.Contains("""
                {"name":"base-files","version":"12.4+deb12u15","architecture":"amd64","sha256":"eee
            """.TrimEnd(), await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_in_which_things_were_found_does_not_matter() => Gen.Shuffle(s_customized.Packages.ToArray()).Sample(packages =>
        LockFile.Text(LockOf.Build(s_plan with { Components = [.. s_plan.Components.Reverse()] }, s_base with { Repositories = [.. s_base.Repositories.Reverse()] },
            s_customized with { Packages = packages }, s_tools.Reverse())) == LockFile.Text(Made()));

    [Fact]
    public async Task Whatever_is_changed_in_it_is_a_difference()
    {
        await LockFile.WriteAsync(_repository, Made(), CancellationToken.None);
        var text = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);
        var whole = JsonNode.Parse(text)!;
        List<string> paths = [.. Leaves(whole).Select(l => l.GetPath()).Where(p => !p.Contains("repositories", StringComparison.Ordinal))];
        Assert.True(paths.Count > 25);
        foreach (var path in paths)
        {
            var changed = JsonNode.Parse(text)!;
            var leaf = Leaves(changed).Single(l => l.GetPath() == path);
            if (leaf.GetValueKind() == JsonValueKind.Number) leaf.ReplaceWith(JsonValue.Create(1));
            else leaf.ReplaceWith(JsonValue.Create(leaf.GetValue<string>() + "0"));
            await System.IO.File.WriteAllTextAsync(File, changed.ToJsonString(), TestContext.Current.CancellationToken);

            var problems = new ProblemBag();
            var read = LockFile.Read(_repository, "web", problems);

            Assert.True(read is null ? problems.HasErrors : Differences(read).Count > 0, path);
        }
    }

    [Fact]
    public async Task What_differs_is_shown_as_a_table()
    {
        await LockFile.WriteAsync(_repository, Made(), CancellationToken.None);
        var now = s_customized with
        {
            Packages =
            [
                new PackageVersion("zlib1g", "1:1.2.14", "amd64", Digest('2')), new PackageVersion("base-files", "12.4+deb12u15", "amd64", Digest('3')),
                new PackageVersion("new-one", "1", "all", Digest('4')),
            ],
        };
        PlannedComponent[] components =
            [Component("nginx") with { Version = "1.1.0", Digest = Digest('9') }, Component("network-dhcp") with { Digest = Digest('8') }];
        List<LockDifference> differences =
            [.. LockDifferences.Of(s_plan with { Components = components }, s_tools, Read()), .. LockDifferences.Of(now, Read())];

        var problem = LockDifferences.Describe(differences, "web")!;

        Assert.Equal("""
            what                              locked           now
            component network-dhcp digest     000000000000…    888888888888…
            component nginx                   1.0.0            1.1.0
            package base-files amd64 archive  eeeeeeeeeeee…    333333333333…
            package cowsay all                3.03             –
            package new-one all               –                1
            package zlib1g amd64              1:1.2.13.dfsg-1  1:1.2.14
            """.ReplaceLineEndings("\n"), problem.Why);
        Assert.Contains("6 differences", problem.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "IB2010")]
    [InlineData("", "IB2011")]
    [InlineData("{", "IB2011")]
    [InlineData("[]", "IB2011")]
    [InlineData("null", "IB2011")]
    [InlineData("{}", "IB2011")]
    [InlineData("{\"schema\":\"1\"}", "IB2011")]
    [InlineData("{\"schema\":\"1\",\"recipe\":\"web\",\"architecture\":\"x86_64\",\"parent\":null,\"components\":null}", "IB2011")]
    [InlineData("{\"schema\":\"2\",\"anything\":[1]}", "IB2012")]
    public void What_cannot_be_used_is_a_problem(string? content, string code)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        if (content is not null) System.IO.File.WriteAllText(File, content);
        var problems = new ProblemBag();

        Assert.Null(LockFile.Read(_repository, "web", problems));

        Assert.Equal(code, Assert.Single(problems.All).Code);
    }

    [Fact]
    public async Task A_lock_that_was_copied_is_a_problem()
    {
        await LockFile.WriteAsync(_repository, Made() with { Recipe = "other" }, CancellationToken.None);
        Directory.Move(Path.Combine(_repository, "recipes/other"), Path.Combine(_repository, "recipes/web"));
        var problems = new ProblemBag();
        Assert.Null(LockFile.Read(_repository, "web", problems));
        Assert.Equal("IB2013", Assert.Single(problems.All).Code);
    }

    private static RecipeLock Made() => LockOf.Build(s_plan, s_base, s_customized, s_tools);

    private static List<LockDifference> Differences(RecipeLock locked) =>
        [.. LockDifferences.Of(s_plan, s_tools, locked), .. LockDifferences.Of(s_base, locked), .. LockDifferences.Of(s_customized, locked)];

    private static IEnumerable<JsonNode> Leaves(JsonNode node) => node switch
    {
        JsonObject map => map.Select(e => e.Value!).SelectMany(Leaves),
        JsonArray list => list.SelectMany(e => Leaves(e!)),
        _ => [node],
    };

    private static PlannedComponent Component(string name) => new(name, "1.0.0", $"components/{name}/1.0.0", Digest('0'), new Dictionary<string, string>());

    private static string Digest(char digit) => new(digit, 64);

    private RecipeLock Read()
    {
        var problems = new ProblemBag();
        var locked = LockFile.Read(_repository, "web", problems);
        Assert.Empty(problems.All);
        return locked!;
    }
}
