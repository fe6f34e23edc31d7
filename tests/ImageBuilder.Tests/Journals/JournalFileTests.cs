using ImageBuilder.Clouds;
using ImageBuilder.Journals;

namespace ImageBuilder.Tests.Journals;

/// <summary>What a run has written down before it ended, in whatever way.</summary>
public sealed class JournalFileTests : IDisposable
{
    private static readonly CloudPlace s_place = new("eu-west-1");

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"journal-{Guid.NewGuid():N}");
    private readonly string _run = CloudTags.NewRun(new DateTimeOffset(2026, 11, 26, 23, 59, 59, TimeSpan.Zero));

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_run_says_when_it_began() => Assert.Equal(new DateTimeOffset(2026, 11, 26, 23, 59, 59, TimeSpan.Zero), CloudTags.Began(_run));

    [Theory]
    [InlineData("")]
    [InlineData("somebody-else")]
    public void A_name_that_is_no_run_has_no_time(string run) => Assert.Null(CloudTags.Began(run));

    [Fact]
    public void What_was_about_to_be_made_and_what_was_made_is_known_after_the_run_died()
    {
        Leave(journal =>
        {
            journal.Intend(Entry("a"));
            journal.Intend(Entry("b"));
            journal.Made(Entry("b") with { Id = "snap-b" });
            journal.Intend(Entry("c"));
            journal.Made(Entry("c") with { Id = "snap-c" });
            journal.Close("c");
        });

        using var found = JournalFile.TryTake(_folder, _run)!;
        Assert.Equal([("a", null), ("b", "snap-b")], found.Open.Select(e => (e.Token, e.Id)));
        Assert.Equal((_run, "web", "1.0.0", "Distribute", s_place, ResourceKind.Snapshot, CloudTags.Making),
            (found.Open[0].Run, found.Open[0].Recipe, found.Open[0].Version, found.Open[0].Stage, found.Open[0].Place, found.Open[0].Kind, found.Open[0].Tags[CloudTags.State]));
    }

    [Fact]
    public void A_line_that_was_not_written_to_its_end_hides_none_of_the_others()
    {
        Leave(journal => journal.Intend(Entry("a")));
        File.AppendAllText(FilePath, "{\"do\":\"made\",\"token\":\"a\",\"id");

        using var found = JournalFile.TryTake(_folder, _run)!;
        Assert.Null(Assert.Single(found.Open).Id);
    }

    [Fact]
    public void A_run_that_goes_on_has_its_journal_to_itself()
    {
        using var journal = new JournalFile(_folder, _run);
        journal.Intend(Entry("a"));
        Assert.Equal([_run], JournalFile.Runs(_folder));
        Assert.Null(JournalFile.TryTake(_folder, _run));
    }

    [Fact]
    public void A_run_that_has_left_nothing_leaves_no_journal()
    {
        using (var journal = new JournalFile(_folder, _run))
        {
            journal.Intend(Entry("a"));
            journal.Close("a");
        }

        Assert.Empty(JournalFile.Runs(_folder));
        using (new JournalFile(_folder, _run)) Assert.Empty(JournalFile.Runs(_folder));
    }

    private string FilePath => Path.Combine(_folder, _run + ".jsonl");

    private void Leave(Action<JournalFile> write)
    {
        using var journal = new JournalFile(_folder, _run);
        write(journal);
    }

    private JournalEntry Entry(string token) =>
        new(_run, "web", "1.0.0", "Distribute", s_place, ResourceKind.Snapshot, $"snapshot {token}", token, Id: null);
}
