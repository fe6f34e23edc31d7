using System.Collections.Concurrent;
using Amazon.Runtime;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>A client with the patience that its calls need, and the words for when they fail for good.</summary>
internal sealed class AmazonAsker<TClient>(TClient client, Patience patience, CloudPlace place, bool emulated)
{
    // Calls that have been answered, by action.
    private readonly ConcurrentDictionary<string, bool> _known = new();

    /// <param name="what">To follow "AWS could not": e.g. <c>register the image x</c>.</param>
    /// <param name="action">As policies name it: <c>ec2:RegisterImage</c>.</param>
    /// <param name="made">See <see cref="Patience.CallAsync{T}"/>.</param>
    public async Task<T> AskAsync<T>(string what, string action, Func<TClient, Task<T>> call, CancellationToken cancel, Func<Task<T?>>? made = null) where T : class
    {
        try
        {
            return await CallAsync(action, call, cancel, made);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && e is not ProblemException)
        {
            throw Explain(e, what, action);
        }
    }

    /// <summary>The same, where some refusals are an answer.</summary>
    /// <returns>Null when AWS answered with one of the codes.</returns>
    public async Task<T?> TryAsync<T>(string what, string action, IReadOnlyCollection<string> codes, Func<TClient, Task<T>> call, CancellationToken cancel)
        where T : class
    {
        try
        {
            return await CallAsync(action, call, cancel);
        }
        catch (AmazonServiceException e) when (codes.Contains(e.ErrorCode))
        {
            return null;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && e is not ProblemException)
        {
            throw Explain(e, what, action);
        }
    }

    /// <summary>All pages of an answer.</summary>
    /// <param name="call">Gets the token of the page, null for the first, and gives its items and the token of the next one.</param>
    public async Task<IReadOnlyList<T>> AllAsync<T>(
        string what, string action, Func<TClient, string?, Task<(IEnumerable<T>? Items, string? Next)>> call, CancellationToken cancel)
    {
        var all = new List<T>();
        string? next = null;
        do
        {
            var token = next;
            var page = await AskAsync(what, action, async c => new Page<T>(await call(c, token)), cancel);
            all.AddRange(page.Answer.Items ?? []);
            next = page.Answer.Next;
        }
        while (!string.IsNullOrEmpty(next));

        return all;
    }

    private async Task<T> CallAsync<T>(string action, Func<TClient, Task<T>> call, CancellationToken cancel, Func<Task<T?>>? made = null) where T : class
    {
        var answer = await patience.CallAsync(() => call(client), cancel, made, isNew: !_known.ContainsKey(action));
        _known[action] = true;
        return answer;
    }

    private ProblemException Explain(Exception cause, string what, string action) => AwsProblem.Of(cause, what, action, place, emulated);

    private sealed record Page<T>((IEnumerable<T>? Items, string? Next) Answer);
}
