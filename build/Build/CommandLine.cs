using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace Build;

/// <summary>
/// The arguments, matched with <see cref="Switches"/>. The host passes on what it does not know without a word, so a
/// mistyped switch would silently do nothing: it is refused here.
/// </summary>
public sealed class CommandLine
{
    private readonly List<(Switch Switch, string? Value)> _given = [];

    private CommandLine(Func<string, string?> environment) => Environment = environment;

    public Func<string, string?> Environment { get; }

    public bool IsEmpty => _given.Count == 0;

    public static CommandLine Parse(IReadOnlyList<string> arguments, Func<string, string?> environment, ProblemBag problems)
    {
        var line = new CommandLine(environment);
        for (var i = 0; i < arguments.Count; i++)
        {
            var (known, value) = Split(arguments[i], problems);
            if (known is null) continue;
            if (known.Value is null && value is not null && !bool.TryParse(value, out _))
                problems.Add(new Problem("IB7002", $"`--{known.Name}` takes no value, but `{value}` was given.", known.Help,
                    $"Write `--{known.Name}` alone."));
            if (known.Value is not null && value is null && i + 1 < arguments.Count
                && !arguments[i + 1].StartsWith('-')) value = arguments[++i];
            if (known.Value is not null && string.IsNullOrWhiteSpace(value))
                problems.Add(new Problem("IB7004", $"`--{known.Name}` needs a value.", known.Help, $"Write `{known}`."));
            else if (known.Value is not null || !string.Equals(value, "false", StringComparison.OrdinalIgnoreCase))
                line._given.Add((known, value));
        }

        return line;
    }

    public bool Has(Switch wanted) => _given.Exists(g => g.Switch == wanted);

    public IReadOnlyList<string> All(Switch wanted)
    {
        List<string> values = [.. _given.Where(g => g.Switch == wanted).Select(g => g.Value ?? "")];
        if (values.Count == 0 && wanted.Variable is not null
            && Environment(wanted.Variable) is { Length: > 0 } value) values.Add(value);
        return values;
    }

    /// <summary>The value given last, as shells let a later switch replace an earlier one.</summary>
    public string? Last(Switch wanted) => All(wanted) is [.., var last] ? last : null;

    /// <summary>A folder that was given, absolute: relative ones count from where <c>build.sh</c> was called.</summary>
    public string? Folder(Switch wanted) => Last(wanted) is { } given ? Path.GetFullPath(given, Caller) : null;

    /// <summary>All paths that were given, absolute.</summary>
    public IReadOnlyList<string> Paths(Switch wanted) => [.. All(wanted).Select(given => Path.GetFullPath(given, Caller))];

    /// <summary>Where the program was called: what relative paths count from.</summary>
    public string Caller => Environment("IMAGEBUILDER_CALLER") is { Length: > 0 } caller ? Path.GetFullPath(caller)
        : Directory.GetCurrentDirectory();

    /// <summary>
    /// What the host is to read, in its own spelling. Not the folder: all our paths are absolute, so nothing has to change to it.
    /// </summary>
    public IReadOnlyList<string> ForHost() => Has(Switches.Help) ? ["--target=Help", "--no-report"]
        : [.. _given.Where(g => g.Switch.OfHost && g.Switch != Switches.Working)
        .Select(g => g.Switch.Value is null ? $"--{g.Switch.Name}" : $"--{g.Switch.Name}={g.Value}")];

    /// <summary>Our own switches but the recipes and those that mean one run, as they can be pasted into a shell.</summary>
    public IEnumerable<string> Repeat() => _given.Where(g => g.Switch == Switches.Working
        || (g.Switch is { OfHost: false, Once: false } && g.Switch != Switches.Recipe))
        .Select(g => g.Value is null ? $"--{g.Switch.Name}" : $"--{g.Switch.Name}={ShellText.Quote(g.Value)}");

    /// <summary>What was given of one switch, as it can be pasted into a shell.</summary>
    public IEnumerable<string> Repeat(Switch only) => _given.Where(g => g.Switch == only)
        .Select(g => $"--{g.Switch.Name}={ShellText.Quote(g.Value ?? "")}");

    private static (Switch? Switch, string? Value) Split(string argument, ProblemBag problems)
    {
        if (!argument.StartsWith('-'))
        {
            problems.Add(new Problem("IB7005", $"`{argument}` stands alone on the command line.", "Every argument is a switch.",
                $"Did you mean `--target={argument}`?"));
            return (null, null);
        }

        var cut = argument.IndexOfAny(['=', ':']);
        var name = (cut < 0 ? argument : argument[..cut]).TrimStart('-');
        var known = Switches.All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || s.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (known is null)
            problems.Add(new Problem("IB7001", $"There is no switch `--{name}`.",
                "Nothing was run: a mistyped switch would change what is built.",
                Suggestion.For(name, Switches.All.Select(s => s.Name)) is { } near ? $"Did you mean `--{near}`?"
                : "Run `./build.sh --target=Help`: it lists all switches."));
        return (known, cut < 0 ? null : argument[(cut + 1)..]);
    }
}
