using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>
/// The parameters of the cloud account that documents refer to. Binding does not wait: what it asks for in vain is fetched, and the documents
/// are bound again.
/// </summary>
internal sealed class CloudParameters
{
    private readonly Dictionary<string, Answer> _answers = [];
    private readonly HashSet<string> _wanted = [];

    /// <summary>What is known of a parameter; null as long as nobody has looked.</summary>
    public Answer? Find(string name)
    {
        if (_answers.TryGetValue(name, out var answer)) return answer;
        _wanted.Add(name);
        return null;
    }

    /// <summary>Fetches what was asked for in vain; false when that was nothing.</summary>
    public async Task<bool> FetchAsync(IParameterStore store, CancellationToken cancel)
    {
        if (_wanted.Count == 0) return false;
        foreach (var name in _wanted) _answers[name] = await AskAsync(store, name, cancel);
        _wanted.Clear();
        return true;
    }

    private static async Task<Answer> AskAsync(IParameterStore store, string name, CancellationToken cancel)
    {
        try
        {
            return new Answer(await store.FindAsync(name, reveal: false, cancel), null);
        }
        catch (ProblemException e)
        {
            return new Answer(null, e.Problems[0]);
        }
    }

    /// <summary>A parameter, the problem that kept it from being read, or nothing when there is no such parameter.</summary>
    internal sealed record Answer(StoredParameter? Parameter, Problem? Problem);
}
