using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>Where a document stands: on top, or in the step of another document that runs it.</summary>
/// <param name="Outer">For steps' <see cref="PlannedStep.Outer"/>.</param>
/// <param name="Files">Names of the documents around it and its own, from the outermost.</param>
/// <param name="OneSession">True when all phases run in one session, so that each may refer to all before it.</param>
internal sealed record Frame(string Outer, IReadOnlyList<string> Files, Func<string, bool> Runs, bool OneSession)
{
    /// <summary>Documents below the top.</summary>
    public const int DepthLimit = 3;

    /// <summary>How many documents stand around it.</summary>
    public int Depth => Files.Count - 1;
}
