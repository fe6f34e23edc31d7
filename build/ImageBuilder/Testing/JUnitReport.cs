using System.Globalization;
using System.Text;
using System.Xml;
using ImageBuilder.Records;

namespace ImageBuilder.Testing;

/// <summary>A test record in the XML that CI systems read: a suite for each firmware, a case for the boot and for each test step.</summary>
public static class JUnitReport
{
    public const string FileName = "tests.junit.xml";

    /// <param name="name">Name of the image.</param>
    /// <param name="console">Gives the text of a boot's console.</param>
    public static byte[] Of(string name, IReadOnlyList<BootTest> boots, Func<BootTest, string> console)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), NewLineChars = "\n" }))
        {
            xml.WriteStartElement("testsuites");
            WriteCounts(xml, name, [.. boots.SelectMany(b => b.Cases)]);
            foreach (var boot in boots)
            {
                xml.WriteStartElement("testsuite");
                WriteCounts(xml, boot.Firmware, boot.Cases);
                foreach (var test in boot.Cases) WriteCase(xml, name, boot, test);
                xml.WriteElementString("system-out", Clean(console(boot)));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteCounts(XmlWriter xml, string name, IReadOnlyList<TestCase> cases)
    {
        xml.WriteAttributeString("name", Clean(name));
        xml.WriteAttributeString("tests", Text(cases.Count));
        xml.WriteAttributeString("failures", Text(cases.Count(c => !c.Passed && !c.Skipped)));
        xml.WriteAttributeString("errors", "0");
        xml.WriteAttributeString("skipped", Text(cases.Count(c => c.Skipped)));
        xml.WriteAttributeString("time", Text(cases.Sum(c => c.Seconds)));
    }

    private static void WriteCase(XmlWriter xml, string name, BootTest boot, TestCase test)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Clean($"{name}.{boot.Firmware}"));
        xml.WriteAttributeString("name", Clean(test.Name));
        xml.WriteAttributeString("time", Text(test.Seconds));
        if (test.Skipped)
        {
            xml.WriteStartElement("skipped");
            xml.WriteAttributeString("message", Clean(test.Message));
            xml.WriteEndElement();
        }
        else if (!test.Passed)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", Clean(test.Message));
            xml.WriteEndElement();
        }

        if (test.Output.Length > 0) xml.WriteElementString("system-out", Clean(test.Output));
        xml.WriteEndElement();
    }

    // Consoles say what XML cannot: control characters and halves of surrogate pairs.
    private static string Clean(string text)
    {
        if (text.All(XmlConvert.IsXmlChar)) return text;
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) clean.Append(text[i]).Append(text[++i]);
            else if (XmlConvert.IsXmlChar(text[i])) clean.Append(text[i]);
        }

        return clean.ToString();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);
}
