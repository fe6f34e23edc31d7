namespace ImageBuilder.Model;

/// <summary>A document that a step runs, with its steps planned.</summary>
/// <param name="File">Relative to the repository.</param>
public sealed record PlannedDocument(string Name, string Description, string File, IReadOnlyList<PlannedPhase> Phases);

/// <summary>A phase of such a document.</summary>
public sealed record PlannedPhase(string Name, IReadOnlyList<PlannedStep> Steps);
