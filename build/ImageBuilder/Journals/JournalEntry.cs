using ImageBuilder.Clouds;

namespace ImageBuilder.Journals;

/// <summary>One thing that a run has made, or was about to make, in a cloud.</summary>
/// <param name="Token">Tells it apart from everything else that any run makes.</param>
/// <param name="Id">Null: the run ended before anybody knew whether it was made.</param>
public sealed record JournalEntry(
    string Run, string Recipe, string Version, string Stage, CloudPlace Place, ResourceKind Kind, string What, string Token, string? Id)
{
    /// <summary>Tags that it is made with.</summary>
    public IReadOnlyDictionary<string, string> Tags => new Dictionary<string, string>
    {
        [CloudTags.Run] = Run,
        [CloudTags.Recipe] = Recipe,
        [CloudTags.Version] = Version,
        [CloudTags.Stage] = Stage,
        [CloudTags.Purpose] = Token,
        [CloudTags.State] = CloudTags.Making,
    };
}

/// <summary>What whoever makes a resource gives it.</summary>
/// <param name="Tags">To be put on it when it is made, not afterwards.</param>
/// <param name="Token">For the service: the same token never makes two.</param>
public sealed record Making(IReadOnlyDictionary<string, string> Tags, string Token);
