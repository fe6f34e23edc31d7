namespace ImageBuilder.Problems;

/// <summary>How much a problem matters: an error stops the run, a warning is shown and the run goes on.</summary>
public enum Severity { Error, Warning }

/// <summary>A place in an input file. <paramref name="Line"/> and <paramref name="Column"/> count from 1; 0 means the whole file.</summary>
public sealed record Place(string File, int Line = 0, int Column = 0)
{
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}

/// <summary>
/// A diagnosed error. <paramref name="What"/> is a sentence with the value in it, <paramref name="Why"/> is the evidence,
/// <paramref name="Fix"/> starts with a verb and is a command where there is one.
/// </summary>
/// <param name="Code">Unique, <c>IB</c> and four digits; listed in build/PROBLEMS.md.</param>
public sealed record Problem(string Code, string What, string Why, string Fix, Place? At = null, Severity Severity = Severity.Error)
{
    public override string ToString() => $"{(At is null ? "" : At + ": ")}{Code}: {What}";
}
