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
    /// <summary>The output with the list of the image's packages.</summary>
    public const string PackagesOutput = "packages";

    /// <summary>The step, with its layer key.</summary>
    public static PlannedStep Of(Plan plan)
    {
        var distribution = Catalog<IDistribution>.All.First(d => d.Name == plan.Parent.Distribution);
        var script = string.Join('\n', (IEnumerable<string>)
        [
            $"HOSTNAME_OF_IMAGE={ShellText.Quote(plan.Recipe)}",
            .. BootFiles.Of(DiskIds.From(plan.Digest)).Select(Write),
            .. BootFiles.Folders.Select(folder => $"mkdir -p /{ShellText.Quote(folder)}"),
            BootFiles.LinkKernel, EmbeddedScript.Text("Engines/Local/seal.sh"), distribution.SealScript,
            $"exec >\"$IMAGEBUILDER_OUTPUTS/0.{PackagesOutput}\"", distribution.PackagesScript,
        ]);
        return new PlannedStep
        {
            Component = "imagebuilder",
            ComponentVersion = "",
            Phase = "seal",
            Name = "seal",
            Action = "seal",
            Script = Script.Of(script),
            At = new Place(plan.RecipeFile),
            Key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"seal {plan.TopKey} {plan.SourceDateEpoch} {script}"))),
        };
    }

    private static string Write(BootFile file)
    {
        var path = ShellText.Quote("/" + file.Path);
        return $"mkdir -p \"$(dirname {path})\"\nprintf %s {ShellText.QuoteAlways(file.Content)} >{path}\nchmod {Convert.ToString(file.Mode, 8)} {path}";
    }
}
