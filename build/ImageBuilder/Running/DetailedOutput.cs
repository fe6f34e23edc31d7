using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageBuilder.Running;

/// <summary><c>detailedoutput.json</c> of AWSTOE's logs: one run with its documents, phases and steps.</summary>
/// <param name="Status"><c>success</c>, <c>failed</c> or <c>SuccessWithIgnoredFailure</c>.</param>
internal sealed record DetailedOutput(
    string ExecutionId, string Status, string StartTime, string EndTime, string FailureMessage, IReadOnlyList<DetailedDocument> Documents);

/// <summary>One document of a run.</summary>
internal sealed record DetailedDocument(
    string Name, string FilePath, string Status, string Description, string StartTime, string EndTime, string FailureMessage,
    IReadOnlyList<DetailedPhase> Phases);

/// <summary>One phase of a document.</summary>
internal sealed record DetailedPhase(
    string Name, string Status, string StartTime, string EndTime, string FailureMessage, IReadOnlyList<DetailedStep> Steps);

/// <summary>One step of a phase.</summary>
/// <param name="Inputs">A JSON array, as text: that is how AWSTOE writes it.</param>
/// <param name="Outputs">A JSON array, as text.</param>
/// <param name="Loop">The loop as it stands in the document; null without one.</param>
/// <param name="DetailedOutput">The runs of the documents that the step ran; null for other steps.</param>
internal sealed record DetailedStep(
    string Name, string Status, string FailureMessage, int TimeoutSeconds, string OnFailure, int MaxAttempts, string Action,
    string StartTime, string EndTime, string Inputs, string Outputs, string? Loop, IReadOnlyList<DetailedOutput>? DetailedOutput);

[JsonSerializable(typeof(DetailedOutput))]
[JsonSerializable(typeof(IReadOnlyList<IReadOnlyDictionary<string, string>>))]
[JsonSerializable(typeof(SortedDictionary<string, SortedDictionary<string, ChainedValues>>))]
internal sealed partial class ToeJson : JsonSerializerContext
{
    public static ToeJson Indented { get; } = Of(indented: true);

    /// <summary>On one line, for JSON inside of JSON.</summary>
    public static ToeJson Line { get; } = Of(indented: false);

    private static ToeJson Of(bool indented) => new(new JsonSerializerOptions
    {
        WriteIndented = indented,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // Quotes and letters as they are: people read these files.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>What other steps may refer to: one step's part of <c>chaining.json</c>.</summary>
internal sealed record ChainedValues(
    IReadOnlyList<IReadOnlyDictionary<string, string>> Inputs, IReadOnlyList<IReadOnlyDictionary<string, string>> Outputs);
