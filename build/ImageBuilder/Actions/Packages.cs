using System.Text.RegularExpressions;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Actions;

/// <summary>What installing and uninstalling Windows Installer packages share.</summary>
internal static partial class Packages
{
    private static readonly string[] s_reserved = ["REBOOT", "REINSTALL", "REINSTALLMODE"];

    public static IReadOnlyList<ActionInput> Inputs { get; } =
    [
        new("path", InputType.SourcePath, "The package: a file in the image or of the component, or an address: http, https, or `s3://bucket/key`.", Required: true),
        new("reboot", InputType.Choice, "`Force`: the machine restarts afterwards. `Allow`: it does when Windows Installer says so. `Skip`: never.",
            Default: "Allow", Choices: ["Allow", "Force", "Skip"]),
        new("logOptions", InputType.Text, "What Windows Installer logs, as its switch `/L` takes it.", Default: "*VX"),
        new("logFile", InputType.Path, "Where its log goes; without it none is kept."),
        new("properties", InputType.Pairs, "Properties of the package with their values; REBOOT, REINSTALL and REINSTALLMODE are set already."),
        new("ignoreAuthenticodeSignatureErrors", InputType.Boolean, "True: a signature that is not valid is no error.", Default: false),
        new("allowUnsignedInstaller", InputType.Boolean, "True: a package without signature is no error.", Default: false),
    ];

    public static IReadOnlyList<string> Outputs { get; } = ["logFile", "msiExitCode", "stdout"];

    public static void Check(string module, ActionEntry entry, ProblemBag problems)
    {
        if (entry.Known("path") is { } path && path.StartsWith("s3://", StringComparison.OrdinalIgnoreCase) && ObjectAddress.TryParse(path) is null)
            problems.Add(new Problem("IB1354", $"`{path}` is no object of S3.", "Objects have addresses like s3://bucket/key.",
                "Correct the address.", entry.PlaceOf("path")));
        if (entry.Known("path") is { } name && name.Contains('*', StringComparison.Ordinal))
            problems.Add(new Problem("IB1355", $"`{name}` may be several packages.", $"{module} works on one.", "Name the file.", entry.PlaceOf("path")));
        if (entry.Known("logOptions") is { } options && !LogOptions().IsMatch(options))
            problems.Add(new Problem("IB1356", $"`{options}` are no options of a log.", "Windows Installer knows the letters i, w, e, a, r, u, c, m, o, p, v, x, and +, !, *.",
                "Write e.g. `logOptions: \"*VX\"`.", entry.PlaceOf("logOptions")));
        foreach (var property in entry.Values.GetValueOrDefault("properties") as IReadOnlyList<NamedValue> ?? [])
            CheckProperty(property.Name, entry, problems);
    }

    private static void CheckProperty(string property, ActionEntry entry, ProblemBag problems)
    {
        if (s_reserved.Contains(property, StringComparer.OrdinalIgnoreCase))
            problems.Add(new Problem("IB1357", $"The property `{property}` cannot be set.", "Restarts and repairs are decided by the action itself.",
                "Remove it; `reboot` says whether the machine restarts.", entry.PlaceOf("properties")));
        else if (!PropertyName().IsMatch(property))
            problems.Add(new Problem("IB1358", $"`{property}` is not the name of a property.", "Names are letters, digits, `_` and `.`, and begin with a letter or `_`.",
                "Correct the name.", entry.PlaceOf("properties")));
    }

    [GeneratedRegex(@"\A[iwearucmopvxIWEARUCMOPVX+!*]+\z")]
    private static partial Regex LogOptions();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.]*\z")]
    private static partial Regex PropertyName();
}
