using System.Globalization;

namespace ImageBuilder.Engines.Aws;

/// <summary>How a step ended, as <c>run.sh</c> or <c>run.ps1</c> says in the last lines of standard error.</summary>
/// <param name="Bytes">Size of all output.</param>
/// <param name="Values">Outputs of the step, packed, by file name.</param>
/// <param name="More">Names of those outputs that are too large for that.</param>
internal sealed record StepEnd(int ExitCode, bool TimedOut, long Bytes, IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> More)
{
    private const string Mark = "imagebuilder:";

    /// <summary>Null: it did not come to its end.</summary>
    public static StepEnd? Of(string error)
    {
        var (values, more) = (new Dictionary<string, string>(), new List<string>());
        foreach (var line in error.Split('\n', StringSplitOptions.TrimEntries))
        {
            switch (line.Split(' '))
            {
                case [Mark, "value", var name, var data]: values[name] = data; break;
                case [Mark, "more", var name]: more.Add(name); break;
                case [Mark, "end", var code, var late, var bytes] when int.TryParse(code, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exit)
                    && long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var size):
                    return new StepEnd(exit, late == "1", size, values, more);
            }
        }

        return null;
    }
}
