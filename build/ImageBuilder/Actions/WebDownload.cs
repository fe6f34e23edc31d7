using ImageBuilder.Contracts;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>Downloads files over http and https.</summary>
public sealed class WebDownload : IActionModule
{
    public string Name => "WebDownload";

    public string Summary => "Downloads files over http and https, tries five times, and checks their digest.";

    public InputForm Form => InputForm.List;

    public IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("source", InputType.Address, "The http or https address.", Required: true),
        new("destination", InputType.Path, "The file to write; a folder when it ends with `/`, and then the address's last element is the name.", Required: true),
        new("overwrite", InputType.Boolean,
            "False: a file that exists is an error. With a checksum, a file that has it already is not downloaded again.", Default: true),
        new("checksum", InputType.Text, "The digest that the file must have, in hex; counts only together with `algorithm`."),
        new("algorithm", InputType.Choice, "How the digest is made.", Choices: ["MD5", "SHA1", "SHA256", "SHA512"]),
        new("ignoreCertificateErrors", InputType.Boolean, "True: the server's certificate is not checked.", Default: false),
    ];

    public IReadOnlyList<string> Outputs => ["destination"];

    public void Check(ActionEntry entry, ProblemBag problems)
    {
        if (entry.Values.ContainsKey("checksum") != entry.Values.ContainsKey("algorithm"))
            problems.Add(new Problem("IB1340", "The download is not checked.", "`checksum` and `algorithm` count only together.",
                "Give both, or neither.", entry.PlaceOf(entry.Values.ContainsKey("checksum") ? "checksum" : "algorithm"), Severity.Warning));
    }
}
