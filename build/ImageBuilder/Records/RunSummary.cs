using System.Text.Json.Serialization;

namespace ImageBuilder.Records;

/// <summary>How the run of one document ended, with the names that AWSTOE prints and that <c>ExecuteDocument</c> has as outputs.</summary>
/// <param name="Status"><c>success</c>, <c>failed</c> or <c>SuccessWithIgnoredFailure</c>.</param>
/// <param name="LogUrl">Folder of its logs.</param>
public sealed record RunSummary(
    string ExecutionId, string Status, int FailedStepCount, int ExecutedStepCount, int IgnoredFailedStepCount, string FailureMessage, string LogUrl);

/// <summary>How a summary is written: on one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunSummary))]
public sealed partial class SummaryJson : JsonSerializerContext;
