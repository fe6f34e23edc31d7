using System.Globalization;
using System.Text.Json.Serialization;
using ImageBuilder.Problems;

namespace ImageBuilder.Model;

/// <summary>What happens when a step fails: see AWSTOE's <c>onFailure</c>.</summary>
public enum OnFailure { Abort, Continue, Ignore }

/// <summary>What the building machine does for a step: fetches objects before it, or takes files away after it.</summary>
public enum Transfer { None, Download, Upload }

/// <summary>A file of a component that a step's script reads, available to it as <c>$IMAGEBUILDER_FILES/&lt;Name&gt;</c>.</summary>
/// <param name="Name">Relative path with forward slashes, unique within the step.</param>
/// <param name="Source">Path on the building machine, relative to the repository; not part of any key.</param>
/// <param name="Digest">SHA-256 of the content, lower-case hex.</param>
/// <param name="Mode">Permission bits, octal, e.g. 420 = 0644.</param>
public sealed record StepFile(string Name, string Source, string Digest, int Mode)
{
    /// <summary>The text of a file that was rendered while planning; null: what stands in <see cref="Source"/>.</summary>
    public string? Content { get; init; }

    /// <summary>Bytes.</summary>
    [JsonIgnore]
    public long Size { get; init; }
}

/// <summary>A secret of a cloud account that a step's script reads: its value is in no plan, script, key or log.</summary>
/// <param name="Version">Changes whenever the value does.</param>
public sealed record StepSecret(string Name, string Version)
{
    /// <summary>What references to secrets begin with.</summary>
    public const string Prefix = "aws:ssm:";
}

/// <summary>One step of one component's phase with every choice made: engines see nothing else.</summary>
public sealed record PlannedStep
{
    public required string Component { get; init; }

    public required string ComponentVersion { get; init; }

    /// <summary><c>build</c>, <c>validate</c> or <c>test</c>; the engine's own steps use <c>seal</c>.</summary>
    public required string Phase { get; init; }

    public required string Name { get; init; }

    public required string Action { get; init; }

    public required Script Script { get; init; }

    /// <summary>Seconds for one attempt; −1 means no limit.</summary>
    public int TimeoutSeconds { get; init; } = 7200;

    public OnFailure OnFailure { get; init; } = OnFailure.Abort;

    public int MaxAttempts { get; init; } = 1;

    /// <summary>The machine restarts after this step succeeded (the <c>Reboot</c> module); the next step runs afterwards.</summary>
    public bool Reboots { get; init; }

    public IReadOnlyList<StepFile> Files { get; init; } = [];

    /// <summary>Null: the step runs in every case.</summary>
    public StepCondition? If { get; init; }

    /// <summary>Null: the step runs once.</summary>
    public StepLoop? Loop { get; init; }

    /// <summary>
    /// The documents whose steps run in this one's stead: none for most steps, one for a step that runs a document, or one for each
    /// iteration of its loop.
    /// </summary>
    public IReadOnlyList<PlannedDocument> Documents { get; init; } = [];

    /// <summary>The secrets that its scripts refer to.</summary>
    public IReadOnlyList<StepSecret> Secrets { get; init; } = [];

    /// <summary>What the building machine does for it with objects of a store; <see cref="Inputs"/> say with which.</summary>
    public Transfer Transfer { get; init; }

    /// <summary>The input that names what is downloaded; where it is no address of S3, nothing is.</summary>
    public string TransferInput { get; init; } = "source";

    /// <summary>The objects that a step downloads, as they were when the plan was made. Empty where nobody could know them then.</summary>
    public IReadOnlyList<PinnedObject> Objects { get; init; } = [];

    /// <summary>
    /// The inputs as texts, a map for each entry. Logs show them; scripts have them already, so that plans do not repeat them.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<IReadOnlyDictionary<string, Script>> Inputs { get; init; } = [];

    /// <summary>
    /// The values that its expressions stood for when the plan was made, by <c>parameter X</c>, <c>constant X</c>, <c>aws:ssm:/x</c>: they explain
    /// its script, and are part of it.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>For a step of a document that another step runs: that step's <see cref="Path"/> and a slash. Else empty.</summary>
    public string Outer { get; init; } = "";

    /// <summary>Where the step stands in its component document.</summary>
    public required Place At { get; init; }

    /// <summary>Layer key after this step: lower-case hex SHA-256; empty for steps that make no layer (validate, test).</summary>
    public string Key { get; init; } = "";

    /// <summary>Unique in the plan: <c>component/phase/step</c>; steps of documents that steps run have these before their own.</summary>
    public string Id => $"{Component}/{Outer.Replace('.', '/')}{Phase}/{Name}";

    /// <summary>How references name the step: <c>phase.step</c>, after <see cref="Outer"/>.</summary>
    [JsonIgnore]
    public string Path => $"{Outer}{Phase}.{Name}";

    /// <summary>
    /// Everything that decides what running the step does, scripts aside: no two steps that do different things have the same.
    /// </summary>
    [JsonIgnore]
    public IEnumerable<string> Behaviour =>
    [
        Reboots ? "reboots" : "",
        .. Outer.Length > 0 ? [OnFailure.ToString()] : (IEnumerable<string>)[],
        .. MayFail ? [OnFailure.ToString(), Text(TimeoutSeconds), Text(MaxAttempts)] : (IEnumerable<string>)[],
        .. If is null ? [] : (IEnumerable<string>)["if", If.Then.ToString(), If.Else.ToString(), .. If.Script.Body.Content],
        .. Loop is null ? [] : (IEnumerable<string>)["loop", Loop.ToString(), .. Loop.Texts.SelectMany(t => t.Content)],
        .. Secrets.SelectMany(s => new[] { "secret", s.Name, s.Version }),
        .. Objects.SelectMany(o => new[] { "object", Text(o.Entry), o.Address, o.Tag }),
        .. Documents.SelectMany(d => d.Phases.Select(p => Text(p.Steps.Count)).Prepend("document")),
        Text(Files.Count), .. Files.SelectMany(f => new[] { f.Name, Convert.ToString(f.Mode, 8), f.Digest }),
    ];

    /// <summary>The step and those of its documents as keys see them: all that decides what running it does, and no names.</summary>
    [JsonIgnore]
    public IEnumerable<string> Content => WithNested.SelectMany(s => s.Script.Body.Content.Concat(s.Behaviour));

    /// <summary>SHA-256 over <see cref="Content"/>: recipes share steps, and keys are made of it.</summary>
    [JsonIgnore]
    public string ContentDigest { get; init; } = "";

    /// <summary>The step and all steps of its documents, in the order in which they stand.</summary>
    [JsonIgnore]
    public IEnumerable<PlannedStep> WithNested => Documents.SelectMany(d => d.Phases).SelectMany(p => p.Steps).SelectMany(s => s.WithNested).Prepend(this);

    // What is done once a step has failed, and so what can make it fail, matters only where there is a result all the same.
    private bool MayFail => OnFailure == OnFailure.Ignore || (Outer.Length > 0 && OnFailure != OnFailure.Abort);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
