using ImageBuilder.Problems;
using ImageBuilder.Records;

namespace ImageBuilder.Reports;

/// <summary>Something that happened in a build, for the console, the event file and reports alike.</summary>
public abstract record BuildEvent;

/// <summary>A stage of one recipe begins.</summary>
public sealed record StageStarted(string Stage) : BuildEvent;

public sealed record StageFinished(string Stage, double Seconds, bool Reused) : BuildEvent;

/// <summary>A step, boot or other unit of work inside a stage begins. <paramref name="Id"/> is the step's id, or a short name.</summary>
public sealed record StepStarted(string Stage, string Id) : BuildEvent;

public sealed record StepFinished(string Stage, string Id, double Seconds, bool Reused, string Status) : BuildEvent;

/// <summary>Sign of life of a wait. <paramref name="Fraction"/> is 0…1, or null when the end is not known.</summary>
public sealed record Progress(string Stage, string Id, string Text, double? Fraction = null) : BuildEvent;

/// <summary>Something worth one line that is not a problem.</summary>
public sealed record Noted(string Text) : BuildEvent;

/// <summary>A warning, or an error just before the run ends with it.</summary>
public sealed record ProblemFound(Problem Problem) : BuildEvent;

public sealed record TestFinished(string Firmware, TestCase Case) : BuildEvent;

public sealed record ArtifactWritten(Artifact Artifact, double Seconds) : BuildEvent;

/// <summary>Receives events; thread-safe, never throws.</summary>
public interface IReport
{
    void Write(BuildEvent happened);
}
