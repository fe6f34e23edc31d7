using System.Text.Json.Serialization;

namespace ImageBuilder.Model;

/// <summary>
/// A piece of a rendered script: literal text, or a reference (to an output of an earlier step, to the iteration of a loop, to a secret)
/// that is filled in when the step runs.
/// </summary>
/// <param name="Text">The literal text, or for a reference how it is shown (<c>{{ build.Check.outputs[0].stdout }}</c>).</param>
/// <param name="Reference">What is referred to: <c>build.Check.outputs[0].stdout</c>, <c>loop[0].value</c>, <c>aws:ssm:/path</c>; null for literal text.</param>
/// <param name="Quoted">True where the value is data and becomes one literal of the shell; false inside script text.</param>
public sealed record ScriptPart(string Text, string? Reference = null, bool Quoted = false);

/// <summary>A rendered script. Every value known when planning is already in it.</summary>
public sealed record Script(IReadOnlyList<ScriptPart> Parts, Shell Shell = Shell.Bash)
{
    public static Script Of(string text) => new([new ScriptPart(text)]);

    /// <summary>What it is made of, for keys: texts and references cannot be taken for each other.</summary>
    [JsonIgnore]
    public IEnumerable<string> Content =>
        Parts.SelectMany(p => new[] { p.Reference is null ? "text" : p.Quoted ? "quoted" : "textual", p.Reference ?? p.Text });

    /// <summary>The script without its first lines, which name component and step and end with an empty line.</summary>
    [JsonIgnore]
    public Script Body => this with
    {
        Parts = [Parts[0] with { Text = Parts[0].Text[(Parts[0].Text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..] }, .. Parts.Skip(1)],
    };

    /// <summary>The script as people read it: references stand as the expressions they came from.</summary>
    public override string ToString() => string.Concat(Parts.Select(p => p.Text));

    /// <summary>The script as it runs.</summary>
    /// <param name="output">Gives the value of a reference; null when that step has no such output.</param>
    public string Resolve(Func<string, string?> output) => string.Concat(Parts.Select(p =>
        p.Reference is null ? p.Text
        : output(p.Reference) is not { } value ? throw new KeyNotFoundException(p.Reference)
        : p.Quoted ? Shell.Quote(value)
        : value));
}
