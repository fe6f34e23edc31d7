using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>The engine's own last step of an image: boot loader's files in, traces of the build out.</summary>
public static class SealStep
{
    // What makes it boot, for a disk that is thrown away: a tree without machine-id would be taken for a read-only one, and services shall start.
    private const string FirstBoot = """
        [ -s /etc/machine-id ] || : >/etc/machine-id
        if grep -qs '^# imagebuilder: no services' /usr/sbin/policy-rc.d; then rm /usr/sbin/policy-rc.d; fi
        """;

    /// <summary>The step, with its layer key.</summary>
    public static PlannedStep Of(Plan plan)
    {
        var distribution = Catalog<IDistribution>.All.First(d => d.Name == plan.Parent.Distribution);
        var script = string.Join('\n', (IEnumerable<string>)
        [
            $"HOSTNAME_OF_IMAGE={ShellText.Quote(plan.Recipe)}", .. Boot(plan), EmbeddedScript.Text("Engines/Local/seal.sh"),
            PackageList.Script(distribution), distribution.SealScript,
        ]);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"seal {plan.TopKey} {plan.SourceDateEpoch} {script}")));
        return Step(plan, "seal", script) with { Key = key };
    }

    /// <summary>The step that makes a tree boot from a disk and changes nothing else; its layer is never kept.</summary>
    public static PlannedStep BootableOf(Plan plan) => Step(plan, "bootable", string.Join('\n', Boot(plan).Prepend("set -e").Append(FirstBoot)));

    private static IEnumerable<string> Boot(Plan plan) =>
    [
        .. BootFiles.Of(DiskIds.From(plan.Stages.Disk)).Select(Write),
        .. BootFiles.Folders.Select(folder => $"mkdir -p /{ShellText.Quote(folder)}"),
        BootFiles.LinkKernel,
    ];

    private static PlannedStep Step(Plan plan, string name, string script) => new()
    {
        Component = "imagebuilder",
        ComponentVersion = "",
        Phase = "seal",
        Name = name,
        Action = "seal",
        Script = Script.Of(script),
        At = new Place(plan.RecipeFile),
    };

    private static string Write(BootFile file)
    {
        var path = ShellText.Quote("/" + file.Path);
        return $"mkdir -p \"$(dirname {path})\"\nprintf %s {ShellText.QuoteAlways(file.Content)} >{path}\nchmod {Convert.ToString(file.Mode, 8)} {path}";
    }
}
