using System.Text.Json.Serialization;
using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Reports;

/// <summary>Something that happened in a build, for the console, the event file and reports alike.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(StageStarted), "stageStarted")]
[JsonDerivedType(typeof(StageFinished), "stageFinished")]
[JsonDerivedType(typeof(StepStarted), "stepStarted")]
[JsonDerivedType(typeof(StepFinished), "stepFinished")]
[JsonDerivedType(typeof(Progress), "progress")]
[JsonDerivedType(typeof(StepOutput), "stepOutput")]
[JsonDerivedType(typeof(Noted), "noted")]
[JsonDerivedType(typeof(ProblemFound), "problem")]
[JsonDerivedType(typeof(TestFinished), "testFinished")]
[JsonDerivedType(typeof(ArtifactWritten), "artifactWritten")]
public abstract record BuildEvent;

/// <summary>A stage of one recipe begins.</summary>
public sealed record StageStarted(string Stage) : BuildEvent;

/// <summary>A stage of one recipe ended.</summary>
/// <param name="Status"><c>success</c>, <c>failed</c> or <c>stopped</c>.</param>
public sealed record StageFinished(string Stage, double Seconds, bool Reused, string Status = "success") : BuildEvent;

/// <summary>
/// A step, boot or other unit of work inside a stage begins. <paramref name="Id"/> is the step's id, or a short name.
/// </summary>
public sealed record StepStarted(string Stage, string Id) : BuildEvent;

/// <summary>A step, boot or other unit of work ended.</summary>
/// <param name="Status"><c>success</c>, <c>failed</c>, <c>IgnoredFailure</c> or <c>skipped</c>.</param>
public sealed record StepFinished(string Stage, string Id, double Seconds, bool Reused, string Status) : BuildEvent
{
    /// <summary>Why it ran although the build before had made it, on one short line; null where there is nothing to say.</summary>
    public string? Why { get; init; }
}

/// <summary>Sign of life of a wait. <paramref name="Fraction"/> is 0…1, or null when the end is not known.</summary>
public sealed record Progress(string Stage, string Id, string Text, double? Fraction = null) : BuildEvent;

/// <summary>A line that a step wrote, where somebody watches what it does.</summary>
public sealed record StepOutput(string Stage, string Id, string Text) : BuildEvent;

/// <summary>Something worth one line that is not a problem.</summary>
public sealed record Noted(string Text) : BuildEvent;

/// <summary>A warning, or an error just before the run ends with it.</summary>
public sealed record ProblemFound(Problem Problem) : BuildEvent;

/// <summary>A test of the image has a result.</summary>
public sealed record TestFinished(string Firmware, TestCase Case) : BuildEvent;

/// <summary>A file of an image is written and was compared with the disk.</summary>
public sealed record ArtifactWritten(Artifact Artifact, double Seconds) : BuildEvent;

/// <summary>Receives events; thread-safe, never throws.</summary>
public interface IReport
{
    void Write(BuildEvent happened);
}
