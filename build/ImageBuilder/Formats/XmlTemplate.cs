using System.Security;
using System.Xml;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace ImageBuilder.Formats;

/// <summary>Renders templates of XML: whatever an expression yields is escaped, so that no value can become markup.</summary>
public static class XmlTemplate
{
    /// <param name="resource">Logical name of the embedded template.</param>
    public static string Render(string resource, ScriptObject values)
    {
        using var stream = typeof(XmlTemplate).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"There is no embedded file {resource}.");
        using var reader = new StreamReader(stream);
        var template = Template.Parse(reader.ReadToEnd(), resource);
        if (template.HasErrors) throw new InvalidOperationException($"{resource}: {template.Messages}");
        var context = new EscapingContext { StrictVariables = true };
        context.PushGlobal(values);
        return template.Render(context);
    }

    private sealed class EscapingContext : TemplateContext
    {
        public override TemplateContext Write(SourceSpan span, object? textAsObject)
        {
            // XML has no way at all to write most control characters.
            var text = string.Concat((ObjectToString(textAsObject) ?? "").Select(c => IsAllowed(c) ? c : '\ufffd'));
            Write(SecurityElement.Escape(text));
            return this;
        }

        private static bool IsAllowed(char c) => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c);
    }
}
