using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>
/// Asks which objects the downloads of a plan mean now: a layer that holds one stands for that version of it, so the version is part of its key.
/// </summary>
internal sealed class ObjectPins(Func<IObjectStore> store, ProblemBag problems)
{
    private readonly Dictionary<(ObjectAddress, string?), Task<IReadOnlyList<StoredObject>>> _asked = [];

    public async Task AskAsync(IEnumerable<BoundStep> steps, CancellationToken cancel)
    {
        foreach (var step in steps.Where(s => s.Module is { Transfer: Transfer.Download }))
        {
            var objects = new List<PinnedObject>();
            foreach (var (number, entry) in step.Entries.Index()) objects.AddRange(await AskAsync(step, number, entry, cancel));
            step.Objects = objects;
        }
    }

    private async Task<IEnumerable<PinnedObject>> AskAsync(BoundStep step, int number, ActionEntry entry, CancellationToken cancel)
    {
        var owner = entry.Text("expectedBucketOwner");
        if (entry.Text("source") is not { } source) return [];
        if (Marks.Open(source) || (owner is not null && Marks.Open(owner)))
        {
            problems.Add(new Problem("IB1343", $"What `{step.Step.Name}` downloads is only known when it runs.",
                "Its source depends on an earlier step, so nobody can ask beforehand which object it is: a layer is reused though the object has changed.",
                "Use a parameter instead, if that matters.", entry.PlaceOf("source"), Severity.Warning));
            return [];
        }

        try
        {
            var address = ObjectAddress.TryParse(source)!; // what is no address was refused with the inputs
            if (!_asked.TryGetValue((address, owner), out var asked))
                _asked[(address, owner)] = asked = store().FindAllAsync(address, owner, cancel);
            return (await asked).Select(o => new PinnedObject(number, o.Address.ToString(), o.Size, o.Tag));
        }
        catch (ProblemException e)
        {
            problems.AddRange(e.Problems.Select(p => p with { At = entry.PlaceOf("source") }));
            return [];
        }
    }
}
