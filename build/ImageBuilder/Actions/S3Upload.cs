using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Uploads files to S3: the building machine does it, with its own credentials, when the step has run.</summary>
public sealed class S3Upload : IActionModule
{
    public string Name => "S3Upload";

    public string Summary => "Uploads files to S3 with the credentials of the building machine; the image needs no tool and no network for it.";

    public InputForm Form => InputForm.List;

    public Transfer Transfer => Transfer.Upload;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("source", InputType.Path, "The file to upload; `*` in its last element stands for any characters.", Required: true),
        new("destination", InputType.ObjectAddress,
            "Where to, `s3://bucket/key`; a prefix when the source has `*`, or when it ends with `/`: the names follow on it.", Required: true),
        new("recurse", InputType.Boolean, "True: with `*`, files in folders below are uploaded too.", Default: false),
        new("expectedBucketOwner", InputType.Text, "The account that the bucket must belong to."),
    ];

    public void Check(ActionEntry entry, ProblemBag problems)
    {
        if (entry.Text("source") is { } source && source.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star
            && source.LastIndexOfAny(['/', '\\']) > star)
            problems.Add(new Problem("IB1342", $"`{entry.Texts["source"]}` has `*` in a folder's name.", "S3Upload looks for files in one folder.",
                "Use `*` after the last separator only; `recurse: true` also takes what is in folders below.", entry.PlaceOf("source")));
    }
}
