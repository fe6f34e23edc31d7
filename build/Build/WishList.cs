using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace Build;

/// <summary>What the command line wishes of each recipe's build. Steps are looked up in the plans: a mistyped one is a problem.</summary>
internal sealed class WishList(Options options, IDialogue dialogue, DateTimeOffset began)
{
    /// <summary>The wishes for each plan, in their order. Throws all mistakes at once.</summary>
    public IReadOnlyList<Wishes> For(IReadOnlyList<Plan> plans)
    {
        var problems = new ProblemBag();
        var from = options.FromStep is { } step ? Find(plans, step, Switches.FromStep, problems) : [];
        var breaks = options.Breaks.Select(b => Find(plans, b, Switches.Break, problems)).ToList();
        CheckDialogue(problems);
        foreach (var test in plans.SelectMany((plan, i) => plan.Test.Where(t => breaks.Exists(b => b[i] == t.Id))).Take(1))
            problems.Add(new Problem("IB7034", $"The build cannot stop before the step `{test.Id}`.",
                "Test steps run in virtual machines with no terminal; a shell is opened before build and validate steps.",
                "Break before a validate step, or look into the image with --on-error=keep."));
        problems.ThrowIfErrors();
        return
        [
            .. plans.Select((_, i) => new Wishes
            {
                Began = began,
                NoCache = options.NoCache,
                Refresh = options.Refresh,
                FromStep = from.ElementAtOrDefault(i),
                OnError = options.OnError,
                AllowPublic = options.Cloud.AllowPublic,
                Breaks = breaks.Select(b => b[i]).OfType<string>().ToHashSet(),
                Dialogue = dialogue,
            }),
        ];
    }

    /// <summary>The step that a text means in each plan; null in those that have no such step.</summary>
    public static IReadOnlyList<string?> Find(IReadOnlyList<Plan> plans, string text, Switch given, ProblemBag problems)
    {
        var ids = plans.Select(p => p.Build.Concat(p.Validate).Concat(p.Test).Select(s => s.Id).ToHashSet()).ToList();
        var found = ids.Select(i => StepNames.Match(i, text)).ToList();
        HashSet<string> all = [.. ids.SelectMany(i => i)];
        if (found.TrueForAll(f => f.Count == 0))
            problems.Add(new Problem("IB7032", $"`--{given.Name}={text}`: there is no such step.",
                $"Steps of {string.Join(", ", plans.Select(p => p.Recipe))}: {Listed(all)}.",
                StepNames.Suggest(all, text) is { } near ? $"Did you mean `{near}`?" : "Name one as the console shows it: component/phase/step."));
        if (found.Find(f => f.Count > 1) is { } several)
            problems.Add(new Problem("IB7033", $"`--{given.Name}={text}` can mean {several.Count} steps.", $"They are {Listed(several)}.",
                $"Write all of the name, e.g. `--{given.Name}={several[0]}`."));
        return [.. found.Select(f => f.Count == 1 ? f[0] : null)];
    }

    private void CheckDialogue(ProblemBag problems)
    {
        var needs = options.OnError == OnError.Shell ? "--on-error=shell" : options.Breaks.Count > 0 ? "--break" : null;
        if (needs is not null && !dialogue.Possible)
            problems.Add(new Problem("IB7031", $"`{needs}` needs a terminal.", "Standard input is none, so nobody could type into the shell.",
                "Run it in a terminal, or use --on-error=keep and look into the root afterwards."));
    }

    private static string Listed(IReadOnlyCollection<string> ids)
    {
        const int most = 12;
        return string.Join(", ", ids.Take(most)) + (ids.Count > most ? $" and {ids.Count - most} more" : "");
    }
}
