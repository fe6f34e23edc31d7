using ImageBuilder.Clouds;
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
        if (entry.Text(input) is not { } source) return [];
        var owner = entry.Text("expectedBucketOwner") ?? "";
        var each = (step.Iterations is null ? [(source, owner)] : step.Iterations.Each(source).Zip(step.Iterations.Each(owner)))
            .Where(e => e.Item1.StartsWith("s3://", StringComparison.OrdinalIgnoreCase)).Distinct().ToList();
        if (each.Exists(e => Marks.Open(e.Item1) || Marks.Open(e.Item2)))
        {
            problems.Add(new Problem("IB1343", $"What `{step.Step.Name}` downloads is only known when it runs.",
                "Its source depends on an earlier step, so nobody can ask beforehand which object it is: a layer is reused though the object has changed.",
                "Use a parameter instead, if that matters.", entry.PlaceOf(input), Severity.Warning));
            return [];
        }

        return [.. each.SelectMany(e => Of(e.Item1, e.Item2, number, entry.PlaceOf(input), problems))];
    }

    private IEnumerable<PinnedObject> Of(string source, string owner, int number, Place at, ProblemBag problems)
    {
        if (ObjectAddress.TryParse(source) is not { } address)
        {
            problems.Add(new Problem("IB1344", $"`{source}` is no object of S3.", "It is what the source stands for in one iteration of the loop.",
                "Correct the loop's values; objects have addresses like s3://bucket/key.", at));
            return [];
        }

        var key = (address, owner.Length > 0 ? owner : null);
        if (!_answers.TryGetValue(key, out var answer))
        {
            _wanted.Add(key);
            return [];
        }

        problems.AddRange(answer.Problems.Select(p => p with { At = at }));
        return answer.Objects.Select(o => new PinnedObject(number, o.Address.ToString(), o.Size, o.Tag) { Source = source });
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
