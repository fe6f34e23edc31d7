using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>
/// The objects that downloads mean now: a layer that holds one stands for that version of it, so the version is part of its key. Planning does
/// not wait: what it asks for in vain is looked up, and everything is planned again.
/// </summary>
internal sealed class CloudObjects
{
    private readonly Dictionary<(ObjectAddress Address, string? Owner), Answer> _answers = [];
    private readonly HashSet<(ObjectAddress Address, string? Owner)> _wanted = [];

    /// <summary>Looks up what was asked for in vain; false when that was nothing.</summary>
    public async Task<bool> FetchAsync(Func<IObjectStore> store, CancellationToken cancel)
    {
        if (_wanted.Count == 0) return false;
        foreach (var wanted in _wanted) _answers[wanted] = await AskAsync(store(), wanted.Address, wanted.Owner, cancel);
        _wanted.Clear();
        return true;
    }

    /// <summary>The objects that a step downloads, as far as they are known.</summary>
    public IReadOnlyList<PinnedObject> Of(BoundStep step, ProblemBag problems) => step.Module is not { Transfer: Transfer.Download } ? []
        : [.. step.Entries.Index().SelectMany(e => Of(step, e.Index, e.Item, problems))];

    private IEnumerable<PinnedObject> Of(BoundStep step, int number, ActionEntry entry, ProblemBag problems)
    {
        var input = step.Module!.TransferInput; // only modules that download come here
        if (entry.Text(input) is not { } source || !source.StartsWith("s3://", StringComparison.OrdinalIgnoreCase)) return [];
        var owner = entry.Text("expectedBucketOwner");
        if (Marks.Open(source) || Marks.Open(owner ?? ""))
        {
            problems.Add(new Problem("IB1343", $"What `{step.Step.Name}` downloads is only known when it runs.",
                "Its source depends on an earlier step or on a loop, so nobody can ask beforehand which object it is: a layer is reused though the object has changed.",
                "Use a parameter instead, if that matters.", entry.PlaceOf(input), Severity.Warning));
            return [];
        }

        var key = (ObjectAddress.TryParse(source)!, owner); // what is no address was refused with the inputs
        if (!_answers.TryGetValue(key, out var answer))
        {
            _wanted.Add(key);
            return [];
        }

        problems.AddRange(answer.Problems.Select(p => p with { At = entry.PlaceOf(input) }));
        return answer.Objects.Select(o => new PinnedObject(number, o.Address.ToString(), o.Size, o.Tag));
    }

    private static async Task<Answer> AskAsync(IObjectStore store, ObjectAddress address, string? owner, CancellationToken cancel)
    {
        try
        {
            return new Answer(await store.FindAllAsync(address, owner, cancel), []);
        }
        catch (ProblemException e)
        {
            return new Answer([], e.Problems);
        }
    }

    private sealed record Answer(IReadOnlyList<StoredObject> Objects, IReadOnlyList<Problem> Problems);
}
