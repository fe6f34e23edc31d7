using System.Collections.Concurrent;
using System.Globalization;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace ImageBuilder.Planning;

/// <summary>The embedded script templates of one shell: parsed once, and rendered with values that only <see cref="Fragment"/>s can leave.</summary>
internal sealed class Templates
{
    private readonly ConcurrentDictionary<string, Template> _parsed = new();
    private readonly ScriptObject _functions;
    private readonly Dialect _dialect;

    public Templates(Dialect dialect)
    {
        _dialect = dialect;
        _functions = new ScriptObject { IsReadOnly = false };
        _functions.Import("q", (string? value) => new Fragment(dialect.Quote(value ?? ""), IsQuoted: Marks.VariableIn(value ?? "") is null));
        _functions.Import("qs", (IEnumerable<string> values) => new Fragment(dialect.List(values), IsQuoted: true));
        _functions.Import("glob", (string pattern) => new Fragment(dialect.Glob(pattern), IsQuoted: true));
        _functions.Import("commands", (string text) => new Fragment(dialect.Commands(text), IsQuoted: false));
        _functions.Import("delimiter", (string text) => new Fragment(Delimiter(text), IsQuoted: false));
        _functions.Import("name", (string text) => new Fragment(Name(text), IsQuoted: false));
        _functions.Import("test", (Model.Condition condition) => new Fragment(dialect.Test(condition), IsQuoted: true));
        _functions.Import("tests", (Model.Condition condition) => new Fragment(Render("Planning/Conditions", ConditionScript.Model(condition)), IsQuoted: false));
        _functions.Import("part", (string name) => new Fragment(Render($"Planning/{name}", []).TrimEnd('\n'), IsQuoted: false));
    }

    /// <param name="name">Path of the template without its ending, e.g. <c>Actions/CreateFile</c>.</param>
    public string Render(string name, ScriptObject model)
    {
        var context = new ScriptWriter(_functions, _dialect);
        context.PushGlobal(model);
        var text = Parse(name + _dialect.Ending).Render(context);
        return context.Asked.Count > 0 && _dialect.Shell == Model.Shell.Bash
            ? $"# shellcheck disable={string.Join(',', context.Asked)} # what stands in single quotes is meant as it is\n{text}" : text;
    }

    public Template Parse(string name) => _parsed.GetOrAdd(name, static file =>
    {
        var template = Template.Parse(Text(file), file);
        return template.HasErrors ? throw new InvalidOperationException(string.Join('\n', template.Messages)) : template;
    });

    /// <summary>The names of all templates of scripts.</summary>
    public static IEnumerable<string> Names => typeof(Templates).Assembly.GetManifestResourceNames()
        .Where(n => n.EndsWith(".sh.sbn", StringComparison.Ordinal) || n.EndsWith(".ps1.sbn", StringComparison.Ordinal));

    private static string Text(string name)
    {
        using var stream = typeof(Templates).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"There is no template {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Name(string text) =>
        text.All(char.IsAsciiLetterOrDigit) ? text : throw new InvalidOperationException($"`{text}` cannot be the name of a variable.");

    // A line of the text must not be what ends the text; what is filled in later cannot know the digest.
    private static string Delimiter(string text) => Marks.In(text) || text.Split('\n').Contains("COMMANDS")
        ? $"COMMANDS_{Digests.Of([text])[..12]}" : "COMMANDS";

    private sealed class ScriptWriter : TemplateContext
    {
        private readonly Dialect _dialect;

        public ScriptWriter(ScriptObject functions, Dialect dialect) : base(functions)
        {
            _dialect = dialect;
            StrictVariables = true;
            LoopLimit = 0;
            LimitToString = 0;
        }

        public SortedSet<string> Asked { get; } = new(StringComparer.Ordinal);

        public override TemplateContext Write(SourceSpan span, object? textAsObject) => textAsObject switch
        {
            Fragment fragment => Write(fragment),
            bool flag => Write(flag ? "true" : "false"),
            int or long => Write(Convert.ToString(textAsObject, CultureInfo.InvariantCulture)!), // numbers have a text
            string text when Marks.VariableIn(text) is { } variable => Write(_dialect.Bare(variable)),
            null => this,
            _ => throw new ScriptRuntimeException(span, "A value is written without being quoted: pipe it to `q`."),
        };

        private TemplateContext Write(Fragment fragment)
        {
            Asked.UnionWith(fragment.Asked);
            return Write(fragment.Text);
        }
    }
}
