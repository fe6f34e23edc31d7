using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Aws;

/// <summary>The engine's own last step on a build instance: what must differ from machine to machine goes, and traces of the build.</summary>
internal static class Sanitizing
{
    public const string Id = "imagebuilder/seal/seal";

    public static PlannedStep Of(Plan plan)
    {
        var shell = Shells.Of(plan.Platform);
        return new PlannedStep
        {
            Component = "imagebuilder",
            ComponentVersion = "",
            Phase = "seal",
            Name = "seal",
            Action = "seal",
            Script = Script.Of(EmbeddedScript.Text(shell == Shell.PowerShell ? "Engines/Aws/sysprep.ps1" : "Engines/Aws/sanitize.sh")) with { Shell = shell },
            At = new Place(plan.RecipeFile),
        };
    }
}
