using ImageBuilder.Contracts;

namespace ImageBuilder.Planning;

/// <summary>
/// An input that takes one of few values and is given as the output of an earlier step or the value of a loop: the script looks when it runs
/// which of them it is, and refuses all others.
/// </summary>
/// <param name="Variable">Of the script; it then holds the value.</param>
/// <param name="Text">What is given, with its marks.</param>
/// <param name="Expected">What may be given, for the script's message.</param>
internal sealed record LateChoice(string Variable, string Action, ActionInput Input, string Text, string Expected)
{
    public bool IsNumber => Input.Type == InputType.Number;

    public bool IsBoolean => Input.Type == InputType.Boolean;

    /// <summary>Each value with the texts that mean it, in lower case.</summary>
    public IReadOnlyList<LateOption> Options => Input.Type switch
    {
        InputType.Boolean => [new("true", ["true", "yes", "on"]), new("false", ["false", "no", "off"])],
        InputType.Encoding => [.. InputConversion.Encodings.GroupBy(e => e.Value).Select(g => new LateOption(g.Key, [.. g.Select(e => e.Key.ToLowerInvariant())]))],
        InputType.Choice => [.. Input.Choices!.Select(c => new LateOption(c, [c.ToLowerInvariant()]))], // a choice has choices
        _ => [],
    };
}

/// <summary>A value that an input may have.</summary>
internal sealed record LateOption(string Value, IReadOnlyList<string> Texts);
