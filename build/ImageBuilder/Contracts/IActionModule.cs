using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Contracts;

/// <summary>
/// An action module of component documents: what inputs it takes, and (in <c>Actions/&lt;Name&gt;.sh.sbn</c> and
/// <c>.ps1.sbn</c>) how it becomes a script of each shell.
/// Found by reflection and named by nobody.
/// </summary>
public interface IActionModule
{
    /// <summary>As in a step's <c>action</c>; the class and the template have the same name.</summary>
    string Name { get; }

    /// <summary>One sentence for the table of actions.</summary>
    string Summary { get; }

    IReadOnlyList<string> Platforms => ["Linux", "Windows", "macOS"];

    InputForm Form { get; }

    IReadOnlyList<ActionInput> Inputs { get; }

    /// <summary>Names of the outputs that later steps may refer to.</summary>
    IReadOnlyList<string> Outputs => [];

    /// <summary>
    /// True when each entry of the list has outputs of its own; else they are joined, and <c>outputs[0]</c> is all there is.
    /// </summary>
    bool OutputsPerEntry => false;

    /// <summary>True when the machine restarts after the step.</summary>
    bool Reboots => false;

    /// <summary>True when the step runs the steps of another document: its inputs are then those of ExecuteDocument.</summary>
    bool RunsDocument => false;

    /// <summary>What the building machine does for the step, because the image may have neither tools nor credentials.</summary>
    Transfer Transfer => Transfer.None;

    /// <summary>The input that may name an object of S3 which the building machine downloads for the step.</summary>
    string TransferInput => "source";

    /// <summary>What the table of inputs cannot say.</summary>
    void Check(ActionEntry entry, ProblemBag problems) { }
}

/// <summary>How a module's <c>inputs</c> are written.</summary>
public enum InputForm
{
    /// <summary>One map.</summary>
    Map,

    /// <summary>One map, or nothing at all.</summary>
    OptionalMap,

    /// <summary>A list of maps that are worked through in order.</summary>
    List,
}

/// <summary>What may stand in an input, and what a template gets for it.</summary>
public enum InputType
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A path that is not empty.</summary>
    Path,

    /// <summary>A path that may have <c>*</c> in its last element, or name a file of the component.</summary>
    SourcePath,

    /// <summary>An http or https address.</summary>
    Address,

    /// <summary>Permission bits in octal; templates get four digits.</summary>
    Permissions,

    /// <summary>An encoding's name as AWSTOE spells it; templates get iconv's name.</summary>
    Encoding,

    /// <summary>One of <see cref="ActionInput.Choices"/>, in any case; templates get the spelling of the list.</summary>
    Choice,

    Boolean,

    /// <summary>A number from 0.</summary>
    Number,

    /// <summary>An address <c>s3://bucket/key</c>.</summary>
    ObjectAddress,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A text, or a list of texts; templates get a list.</summary>
    Values,

    /// <summary>A map of names to texts; templates get a list of <see cref="NamedValue"/>.</summary>
    Pairs,

    /// <summary>A list of lines of script, where expressions are replaced as text; templates get one text.</summary>
    Commands,

    /// <summary>A condition: one operator and its arguments.</summary>
    Condition,

    /// <summary>A list of maps of <c>name</c> and <c>value</c>, both texts.</summary>
    NamedValues,
}

/// <summary>An item of an input that has names with values.</summary>
public sealed record NamedValue(string Name, string Value, Place At);

/// <summary>One input of a module: used for checking, and for the reference tables.</summary>
/// <param name="Default">What a template gets when the input is not given; null: nothing.</param>
/// <param name="NotOnWindows">True for what only other systems have.</param>
public sealed record ActionInput(
    string Name, InputType Type, string Summary, bool Required = false, object? Default = null,
    IReadOnlyList<string>? Choices = null, bool NotOnWindows = false);

/// <summary>One checked map of inputs.</summary>
/// <param name="Platform">What the script is for: <c>Linux</c>, <c>Windows</c>, <c>macOS</c>.</param>
/// <param name="Values">What templates see, by name: only what is given or has a default.</param>
/// <param name="Texts">The texts as given, expressions replaced: what `{{ phase.step.inputs.name }}` stands for.</param>
/// <param name="Later">Names of the inputs that are only known as a whole when the step runs.</param>
public sealed record ActionEntry(
    string Platform, IReadOnlyDictionary<string, object> Values, IReadOnlyDictionary<string, string> Texts, IReadOnlySet<string> Later,
    IReadOnlyDictionary<string, Place> Places, Place At)
{
    public string? Text(string name) => Values.GetValueOrDefault(name) as string;

    /// <summary>The text as given, when it is given and wholly known.</summary>
    public string? Known(string name) => Later.Contains(name) ? null : Texts.GetValueOrDefault(name);

    public Place PlaceOf(string name) => Places.GetValueOrDefault(name, At);
}
