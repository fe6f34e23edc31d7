using ImageBuilder.Problems;
using ImageBuilder.Yaml;

namespace ImageBuilder.Model;

/// <summary>A component document (AWSTOE schema 1.0) as its file says: expressions are not yet evaluated, inputs not yet checked.</summary>
/// <param name="File">Relative to the repository.</param>
public sealed record ComponentDocument(
    string File,
    string Name,
    string Description,
    IReadOnlyList<DocumentParameter> Parameters,
    IReadOnlyList<DocumentConstant> Constants,
    IReadOnlyList<DocumentPhase> Phases);

/// <summary>A parameter that a recipe may give a value to.</summary>
/// <param name="Type"><c>string</c>, <c>integer</c>, <c>boolean</c> or <c>stringList</c>; values are text in every case.</param>
/// <param name="Default">Null: a value must be given.</param>
/// <param name="AllowedValues">Empty: any value is allowed.</param>
public sealed record DocumentParameter(
    string Name, string Type, string? Default, string Description, IReadOnlyList<string> AllowedValues, Place At);

/// <summary>A named value that nobody can change.</summary>
public sealed record DocumentConstant(string Name, string Value, Place At);

/// <summary>Steps that run together. Only <c>build</c>, <c>validate</c> and <c>test</c> are run for images.</summary>
public sealed record DocumentPhase(string Name, IReadOnlyList<DocumentStep> Steps, Place At)
{
    public const string Build = "build";
    public const string Validate = "validate";
    public const string Test = "test";

    public bool IsRun => Name is Build or Validate or Test;
}

/// <summary>One step as written.</summary>
/// <param name="TimeoutSeconds">−1: no limit; null: nothing is said.</param>
/// <param name="MaxAttempts">Null: nothing is said.</param>
/// <param name="Inputs">Null when the step has none.</param>
public sealed record DocumentStep(
    string Name, string Action, Place ActionAt, int? TimeoutSeconds, OnFailure OnFailure, int? MaxAttempts, YamlNode? Inputs, Place At)
{
    /// <summary>Seconds that a step may take when it says nothing.</summary>
    public const int DefaultTimeout = 7200;

    public YamlNode? If { get; init; }

    public YamlNode? Loop { get; init; }
}
