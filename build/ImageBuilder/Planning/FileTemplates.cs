using System.Text;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using Scriban;
using Scriban.Functions;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace ImageBuilder.Planning;

/// <summary>
/// The files of a component that are templates: what a step gets is the file rendered with the parameters and constants of its document,
/// under its name without <c>.sbn</c>.
/// </summary>
/// <param name="values">Parameters and constants by name.</param>
internal sealed class FileTemplates(IReadOnlyDictionary<string, string> values, ComponentFiles files, ProblemBag problems)
{
    public const string Ending = ".sbn";

    // A configuration file, not a program: what is far more than that is a mistake.
    private const int LoopLimit = 100_000;
    private const int LengthLimit = 16 << 20;

    // What depends on when it is asked, or reads a value as a template.
    private static readonly (string Object, string Function)[] s_left =
        [("date", "now"), ("math", "random"), ("math", "uuid"), ("object", "eval"), ("object", "eval_template")];

    private readonly Dictionary<string, StepFile?> _rendered = [];

    public static bool IsTemplate(string name) => name.EndsWith(Ending, StringComparison.Ordinal) && !name.EndsWith('/' + Ending, StringComparison.Ordinal);

    /// <summary>A path as the step sees it.</summary>
    public static string Stripped(string path) => IsTemplate(path) ? path[..^Ending.Length] : path;

    /// <summary>The file as the step gets it; null when it cannot be rendered.</summary>
    public StepFile? Render(StepFile file)
    {
        if (!IsTemplate(file.Name)) return file;
        if (!_rendered.TryGetValue(file.Name, out var rendered)) _rendered[file.Name] = rendered = Text(file) is { } text ? file with
        {
            Name = Stripped(file.Name),
            Content = text,
            Size = Encoding.UTF8.GetByteCount(text),
            Digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text))),
        } : null;
        return rendered;
    }

    private string? Text(StepFile file)
    {
        var template = Template.Parse(File.ReadAllText(files.PathOf(file)), file.Source);
        foreach (var message in template.Messages.Where(m => m.Type == ParserMessageType.Error))
            problems.Add(new Problem("IB1250", $"The template `{file.Source}` cannot be read.", Sentence(message.Message),
                "Correct it; what shall stand in the file with its braces is written `{%{ … }%}`.", At(file, message.Span)));
        if (template.HasErrors) return null;
        try
        {
            var text = template.Render(Context());
            if (!Marks.Open(text.Replace(Marks.Unknown, "", StringComparison.Ordinal))) return text;
            problems.Add(new Problem("IB1251", $"The template `{file.Source}` has a value that is only known when a step runs.",
                "Files are rendered while planning: outputs of earlier steps and secrets come too late for that.",
                "Write the value into the file in a step's commands.", new Place(file.Source)));
        }
        catch (ScriptRuntimeException e)
        {
            problems.Add(new Problem("IB1252", $"The template `{file.Source}` cannot be rendered.", Sentence(e.OriginalMessage),
                $"Use the document's parameters and constants: {(values.Count == 0 ? "it has none" : string.Join(", ", values.Keys.Order(StringComparer.Ordinal)))}.",
                At(file, e.Span)));
        }

        return null;
    }

    private TemplateContext Context()
    {
        var functions = new BuiltinFunctions();
        foreach (var (group, name) in s_left)
            if (functions[group] is ScriptObject known) known.Remove(name);
        var context = new TemplateContext(functions)
        {
            StrictVariables = true,
            EnableRelaxedMemberAccess = false,
            EnableRelaxedFunctionAccess = false,
            LoopLimit = LoopLimit,
            LimitToString = LengthLimit,
        };
        var named = new ScriptObject();
        foreach (var (name, value) in values) named[name] = value;
        // Names may hold `-`, which no variable of a template can.
        if (!named.ContainsKey("parameters")) named["parameters"] = named.Clone(deep: false);
        context.PushGlobal(named);
        return context;
    }

    private static Place At(StepFile file, SourceSpan span) => new(file.Source, span.Start.Line + 1, span.Start.Column + 1);

    private static string Sentence(string message) => message.TrimEnd('.', ' ') + ".";
}
