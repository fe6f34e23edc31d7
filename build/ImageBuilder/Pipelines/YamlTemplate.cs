using System.Globalization;
using System.Text.RegularExpressions;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace ImageBuilder.Pipelines;

/// <summary>Renders templates of YAML: whatever an expression yields is written as a scalar of the block style, so that no value can become markup.</summary>
public static partial class YamlTemplate
{
    /// <param name="resource">Logical name of the embedded template.</param>
    public static string Render(string resource, ScriptObject values) => Render(resource, values, new ScalarContext());

    /// <summary>Renders a template that is no YAML: a command a line.</summary>
    public static IReadOnlyList<string> Lines(string resource, ScriptObject values) =>
        Render(resource, values, new TemplateContext()).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A text as YAML's block style writes it: plain where it would be read as the same text, else in quotes.</summary>
    public static string Scalar(string text)
    {
        if (text.Any(char.IsControl))
            return $"\"{string.Concat(text.Select(Escaped))}\"";
        var plain = Plain().IsMatch(text) && !OtherKind().IsMatch(text)
            && !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal) && text[^1] is not (':' or ' ');
        return plain ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    private static string Escaped(char c) => c is '"' or '\\' ? $"\\{c}"
        : char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : $"{c}";

    private static string Render(string resource, ScriptObject values, TemplateContext context)
    {
        using var stream = typeof(YamlTemplate).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"There is no embedded file {resource}.");
        using var reader = new StreamReader(stream);
        var template = Template.Parse(reader.ReadToEnd(), resource);
        if (template.HasErrors) throw new InvalidOperationException($"{resource}: {template.Messages}");
        context.StrictVariables = true;
        context.PushGlobal(values);
        return template.Render(context);
    }

    // Starts with nothing that means something at the beginning.
    [GeneratedRegex(@"^[A-Za-z0-9_./$(^+~]")]
    private static partial Regex Plain();

    // What a reader of YAML 1.1 or 1.2 takes as something else than a text.
    [GeneratedRegex(@"^(~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.,:eExXoO+\-a-fA-F]*|\.inf|\.nan|)$", RegexOptions.IgnoreCase)]
    private static partial Regex OtherKind();

    // A line of a block of text, or what a template's function has written.
    private sealed record Verbatim(string Text);

    private sealed class ScalarContext : TemplateContext
    {
        public ScalarContext() => BuiltinObject.Import("verbatim", (string text) => new Verbatim(text));

        public override TemplateContext Write(SourceSpan span, object? textAsObject)
        {
            Write(textAsObject switch
            {
                Verbatim verbatim => verbatim.Text,
                string text => Scalar(text),
                _ => ObjectToString(textAsObject) ?? "",
            });
            return this;
        }
    }
}
