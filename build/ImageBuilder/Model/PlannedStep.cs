using ImageBuilder.Problems;

namespace ImageBuilder.Model;

/// <summary>What happens when a step fails: see AWSTOE's <c>onFailure</c>.</summary>
public enum OnFailure { Abort, Continue, Ignore }

/// <summary>A file of a component that a step's script reads, available to it as <c>$IMAGEBUILDER_FILES/&lt;Name&gt;</c>.</summary>
/// <param name="Name">Relative path with forward slashes, unique within the step.</param>
/// <param name="Source">Path on the building machine, relative to the repository; not part of any key.</param>
/// <param name="Digest">SHA-256 of the content, lower-case hex.</param>
/// <param name="Mode">Permission bits, octal, e.g. 420 = 0644.</param>
public sealed record StepFile(string Name, string Source, string Digest, int Mode);

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

    /// <summary>Where the step stands in its component document.</summary>
    public required Place At { get; init; }

    /// <summary>Layer key after this step: lower-case hex SHA-256; empty for steps that make no layer (validate, test).</summary>
    public string Key { get; init; } = "";

    /// <summary>Unique in the plan: <c>component/phase/step</c>.</summary>
    public string Id => $"{Component}/{Phase}/{Name}";
}
