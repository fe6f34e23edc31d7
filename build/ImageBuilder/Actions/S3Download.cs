using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Downloads objects from S3: the building machine fetches them, with its own credentials, before the step runs.</summary>
public sealed class S3Download : IActionModule
{
    public string Name => "S3Download";

    public string Summary => "Downloads objects from S3 with the credentials of the building machine; the image needs no tool and no network for it.";

    public InputForm Form => InputForm.List;

    public Transfer Transfer => Transfer.Download;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("source", InputType.ObjectAddress, "The object, `s3://bucket/key`; or a prefix that ends with `/*`, for all below it, at most 1000.", Required: true),
        new("destination", InputType.Path, "The file to write; for a prefix, or when it ends with `/`, the folder.", Required: true),
        new("expectedBucketOwner", InputType.Text, "The account that the bucket must belong to."),
        new("overwrite", InputType.Boolean, "False: a file that exists is an error.", Default: true),
    ];

    public void Check(ActionEntry entry, ProblemBag problems)
    {
        if (entry.Text("source") is { } source && ObjectAddress.TryParse(source) is { Key: "" })
            problems.Add(new Problem("IB1341", $"`{source}` names a bucket and no object.", "S3Download needs a key, or a prefix that ends with `/*`.",
                "Write `s3://bucket/key`, or `s3://bucket/*` for everything in it.", entry.PlaceOf("source"), Severity.Warning));
    }
}
