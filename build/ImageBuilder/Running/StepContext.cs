using System.Collections.Immutable;
using ImageBuilder.Clouds;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Running;

/// <summary>What references in the scripts of a step stand for when it runs, and where it keeps its log.</summary>
/// <param name="Logs">Folder of the step logs.</param>
/// <param name="Shown">Id of the step that reports name: the outermost one.</param>
/// <param name="Loops">Index and value of each loop around, by reference.</param>
internal sealed record StepContext(string Logs, string Shown, OutputBook Book, Secrets Secrets, ImmutableDictionary<string, string> Loops)
{
    public StepContext At(PlannedStep step, int index, string value)
    {
        var depth = step.Outer.Count(c => c == '/');
        return this with { Loops = Loops.SetItem(StepLoop.IndexAt(depth), Text(index)).SetItem(StepLoop.ValueAt(depth), value) };
    }

    /// <summary>The text of a script, with everything that it refers to.</summary>
    public string Fill(PlannedStep step, Script script) => Guarded(step, script.Resolve);

    /// <summary>The values of all iterations, as they are now.</summary>
    public IEnumerable<string> Values(PlannedStep step, StepLoop loop)
    {
        var values = Guarded(step, loop.Values);
        if (!loop.Texts.SelectMany(t => t.Parts).Any(p => p.Reference is { } r && Secrets.Find(r) is not null)) return values;
        // Pieces of a secret are secrets too.
        var pieces = values.ToList();
        foreach (var piece in pieces) Secrets.Keep(piece);
        return pieces;
    }

    private string? Find(PlannedStep step, string reference) =>
        Loops.TryGetValue(reference, out var value) ? value : Secrets.Find(reference) ?? Book.Find(step.Component, reference);

    /// <summary>The inputs of a step as they are.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Given(PlannedStep step) =>
        [.. step.Inputs.Select(entry => entry.ToDictionary(i => i.Key, i => Fill(step, i.Value)))];

    /// <summary>The inputs of a step as texts that may be shown. What has no value yet is shown as its expression.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Inputs(PlannedStep step) =>
    [
        .. step.Inputs.Select(entry => entry.ToDictionary(i => i.Key, i => Secrets.Hide(string.Concat(i.Value.Parts.Select(p =>
            p.Reference is null ? p.Text : Find(step, p.Reference) ?? p.Text))))),
    ];

    private T Guarded<T>(PlannedStep step, Func<Func<string, string?>, T> resolve)
    {
        try
        {
            return resolve(reference => Find(step, reference));
        }
        catch (KeyNotFoundException e)
        {
            throw new MissingValueException(new Problem("IB4102", $"The step `{step.Id}` refers to `{e.Message}`, which has no value.",
                "The step that should have set it left no such output, or was skipped.", "Let that step write the output, or do not refer to it.", step.At));
        }
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Ends a step that refers to what is not there.</summary>
internal sealed class MissingValueException(Problem problem) : Exception(problem.What)
{
    public Problem Problem { get; } = problem;
}

/// <summary>The secrets that scripts refer to, fetched when the first step needs them, and kept out of everything that is shown.</summary>
internal sealed class Secrets(IParameterStore store)
{
    private const string Stars = "***";

    // A shorter line of a secret would star out half of a log, and says nothing by itself.
    private const int ShortestLine = 4;

    private readonly Dictionary<string, string> _values = [];
    private readonly List<string> _hidden = [];

    public async Task FetchAsync(PlannedStep step, CancellationToken cancel)
    {
        foreach (var secret in step.Secrets.Where(s => !_values.ContainsKey(StepSecret.Prefix + s.Name)))
        {
            var found = await store.FindAsync(secret.Name, reveal: true, cancel);
            if (found?.Value is not { } value || found.Version != secret.Version)
                throw new ProblemException(ExitCode.BuildFailed, new Problem("IB4107", $"The secret `{secret.Name}` has changed since the plan was made.",
                    found is null ? "It does not exist any more." : "Its version is not the one that the step's layer key was computed from.",
                    "Run the same command again: it plans anew.", step.At));
            _values[StepSecret.Prefix + secret.Name] = value;
            if (value.Length > 0) _hidden.Add(value);
            Keep(value);
        }
    }

    /// <summary>Hides what is no secret by itself, but was made of one; line by line, as it may appear in logs.</summary>
    public void Keep(string text)
    {
        _hidden.AddRange(text.Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.Length >= ShortestLine));
        _hidden.Sort((a, b) => b.Length.CompareTo(a.Length)); // what holds another goes first
    }

    public string? Find(string reference) => _values.GetValueOrDefault(reference);

    /// <summary>The values with stars instead of secrets.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Hide(IReadOnlyList<IReadOnlyDictionary<string, string>> values) =>
        _hidden.Count == 0 ? values : [.. values.Select(entry => entry.ToDictionary(v => v.Key, v => Hide(v.Value)))];

    /// <summary>The text with stars instead of secrets.</summary>
    public string Hide(string text)
    {
        foreach (var secret in _hidden) text = text.Replace(secret, Stars, StringComparison.Ordinal);
        return text;
    }
}
