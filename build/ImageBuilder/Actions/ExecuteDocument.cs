using ImageBuilder.Contracts;

namespace ImageBuilder.Actions;

/// <summary>Runs the steps of another document.</summary>
public sealed class ExecuteDocument : IActionModule
{
    public string Name => "ExecuteDocument";

    public string Summary => "Runs the steps of another document, three documents deep at most.";

    public InputForm Form => InputForm.Map;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("document", InputType.Text,
            "A file of the component, relative to its folder; an object, `s3://bucket/key`; or the ARN of a component of EC2 Image Builder.", Required: true),
        new("document-s3-bucket-owner", InputType.Text, "The account that the bucket must belong to."),
        new("phases", InputType.Text, "Names of phases with commas between; without them all are run."),
        new("parameters", InputType.NamedValues, "Values for the document's parameters; those that it does not have are ignored."),
    ];

    public IReadOnlyList<string> Outputs =>
        ["executedStepCount", "executionId", "failedStepCount", "failureMessage", "ignoredFailedStepCount", "logUrl", "status"];

    public bool RunsDocument => true;
}
