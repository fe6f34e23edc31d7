using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;
using ImageBuilder.Tests.Clouds;

namespace ImageBuilder.Tests.Program;

/// <summary>Share by the command line, in a cloud that is kept in memory.</summary>
public sealed class ShareTests : IDisposable
{
    private const string Region = "eu-west-1";
    private const string Page = $"arn:aws:imagebuilder:{Region}:111122223333:component/page/1.0.0/1";
    private const string Recipe = $"arn:aws:imagebuilder:{Region}:111122223333:image-recipe/web/1.0.0";
    private const string Team = "210987654321";
    private const string Stranger = "999988887777";

    private readonly FakeWorld _world = new();

    public ShareTests()
    {
        _world.Clock.Skips = true;
        _world.Cloud.Accounts.AddRange([new CloudAccount(Team, "team", "ACTIVE"), new CloudAccount("210987654322", "old", "SUSPENDED"),
            new CloudAccount("210987654323", "twin", "ACTIVE"), new CloudAccount("210987654324", "twin", "ACTIVE")]);
    }

    private FakeStock Stock => _world.Cloud.StockOf(Region);

    private (CloudShare Share, List<ShareMember> Members) Shared => Assert.Single(Stock.Shares.Values);

    public void Dispose() => _world.Dispose();

    [Theory, InlineData(false), InlineData(true)]
    public void Resources_are_given_to_accounts_by_name_to_units_and_to_the_organization(bool served)
    {
        using var server = served ? _world.Serve(Region) : null;
        Run(0, $"--resource={Page}", "--with=team", "--with=ou-abcd-12345678", "--with=organization");
        Assert.Equal(("imagebuilder", false, CloudTags.Kept), (Shared.Share.Name, Shared.Share.Outside, Shared.Share.Tags[CloudTags.State]));
        Assert.Equal([Page, Team, "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-abcd-12345678", "arn:aws:organizations::111122223333:organization/o-abcdefghij"],
            Shared.Members.Select(m => m.Entity));
        Assert.All(Shared.Members, m => Assert.Equal("ASSOCIATED", m.Status));
        Assert.Empty(JournalFile.Runs(Path.Combine(_world.Cache, "imagebuilder", "journal")));

        _world.Run("--target=Share", $"--region={Region}");
        Assert.Contains($"with {Team}", _world.Output, StringComparison.Ordinal);
        _world.Run("--target=Sweep", $"--region={Region}", "--older-than=0d");
        Assert.Single(Stock.Shares);
        server?.Requests.Fit();
    }

    [Theory, InlineData(false), InlineData(true)]
    public void The_same_again_changes_nothing_and_another_wish_only_the_difference(bool served)
    {
        using var server = served ? _world.Serve(Region) : null;
        Run(0, $"--resource={Page}", $"--with={Team}");
        _world.Cloud.Restart();
        Run(0, $"--resource={Page}", $"--with={Team}");
        Assert.DoesNotContain(_world.Cloud.Calls, Changes);

        Run(0, $"--resource={Page}", $"--resource={Recipe}", "--with=organization", "--dry-run");
        Assert.Contains($"+ of   {Recipe}", _world.Output, StringComparison.Ordinal);
        Assert.Contains($"- with {Team}", _world.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_world.Cloud.Calls, Changes);

        Run(0, $"--resource={Page}", $"--resource={Recipe}", "--with=organization");
        Assert.Equal([Page, Recipe, "arn:aws:organizations::111122223333:organization/o-abcdefghij"], Shared.Members.Select(m => m.Entity));

        Run(0, "--share=other", $"--resource={Page}", $"--with={Team}");
        Assert.Equal(2, Stock.Shares.Count);
        Run(0, "--unshare", "--dry-run");
        Assert.Equal(2, Stock.Shares.Count);
        Run(0, "--unshare");
        Assert.Equal("other", Shared.Share.Name);
        Run(0, "--unshare");
        Assert.Contains("no share imagebuilder", _world.Output, StringComparison.Ordinal);
        server?.Requests.Fit();
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Who_is_outside_gets_something_only_when_that_is_meant_and_has_to_accept(bool served)
    {
        using var server = served ? _world.Serve(Region) : null;
        Assert.NotEqual(0, Share($"--resource={Page}", $"--with={Stranger}"));
        Run(0, $"--resource={Page}", $"--with={Stranger}", "--allow-outside");
        Assert.Contains($"Still to accept the invitation: {Stranger}", _world.Output, StringComparison.Ordinal);
        Run(0, $"--resource={Page}", $"--with={Team}");
        Assert.Equal((false, Team), (Shared.Share.Outside, Assert.Single(Shared.Members, m => m.IsPrincipal).Entity));
        server?.Requests.Fit();
    }

    [Fact]
    public void Whatever_call_fails_the_same_command_again_completes_it()
    {
        for (var call = 1; ; call++)
        {
            Stock.Shares.Clear();
            _world.Cloud.Restart();
            var reached = false;
            _world.Cloud.Fails = (name, number) =>
            {
                if (number != call) return Failing.Never;
                reached = true;
                return Changes(name) ? Failing.After : Failing.Before;
            };
            Share($"--resource={Page}", "--with=team");
            _world.Cloud.Fails = (_, _) => Failing.Never;
            Run(0, $"--resource={Page}", "--with=team");
            Assert.Equal([Page, Team], Shared.Members.Select(m => m.Entity));
            _world.Run("--target=Sweep", $"--region={Region}", "--older-than=0d");
            Assert.Single(Stock.Shares);
            if (!reached) break;
        }

        Assert.Contains($"{Region} CreateShare", _world.Cloud.Calls);
    }

    [Fact]
    public void What_cannot_be_shared_is_told_with_the_reason_of_the_service()
    {
        Stock.Unshareable = "The resource is of a type that cannot be shared.";
        Run((int)ExitCode.DistributionPartial, $"--resource={Page}", $"--with={Team}");
        Assert.Contains("IB8435", _world.Error, StringComparison.Ordinal);
        Assert.Contains("cannot be shared", _world.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IB8430", $"--resource={Page}")]
    [InlineData("IB8430", "--with=team")]
    [InlineData("IB8431", "--resource=component/page", "--with=team")]
    [InlineData("IB8432", $"--resource=arn:aws:ec2:{Region}::image/ami-11111111", "--with=team")]
    [InlineData("IB8433", $"--resource={Page}", "--with=taem")]
    [InlineData("IB8433", $"--resource={Page}", "--with=old")]
    [InlineData("IB8433", $"--resource={Page}", "--with=twin")]
    [InlineData("IB8437", "--resource=arn:aws:imagebuilder:us-east-1:111122223333:component/page/1.0.0/1", "--with=team")]
    public void What_cannot_be_is_said_before_anything_is_changed(string code, params string[] more)
    {
        Run((int)ExitCode.Usage, more);
        Assert.Contains(code, _world.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_world.Cloud.Calls, Changes);
    }

    [Fact]
    public void Without_an_organization_everybody_is_outside_and_nobody_has_a_name()
    {
        _world.Cloud.Accounts.Clear();
        Run((int)ExitCode.Usage, $"--resource={Page}", $"--with={Team}", "--with=organization");
        Assert.Contains("IB8433", _world.Error, StringComparison.Ordinal);
        Assert.Contains("IB8434", _world.Error, StringComparison.Ordinal);
    }

    private static bool Changes(string call) => char.IsUpper(call.Split(' ')[1][0]);

    private int Share(params string[] more) => _world.Run(["--target=Share", $"--region={Region}", .. more]);

    private void Run(int exit, params string[] more)
    {
        var found = Share(more);
        Assert.True(exit == found, $"{found}\n{_world.Shown}");
    }
}
