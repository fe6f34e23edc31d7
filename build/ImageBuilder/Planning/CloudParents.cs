using System.Text.RegularExpressions;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Planning;

/// <summary>What recipes start from in AWS, as they write it. Which image that is, the engine finds out when it builds.</summary>
internal sealed partial class CloudParents(RecipeFamily family, ProblemBag problems)
{
    public const string Engine = "aws";

    private const string Forms = "ami-…, ssm:/path/of/a/parameter, OWNER/NAME with * and ?, product:CODE, recipe:NAME";

    /// <summary>What is tested is one machine, started from the image; file system and size are the parent's.</summary>
    public static DiskPlan DiskOf(Recipe recipe) => recipe.Disk with { Firmware = ["instance"] };

    /// <summary>What EC2 would refuse after everything has been built.</summary>
    public static void CheckSharing(Recipe recipe, ProblemBag problems)
    {
        if (!recipe.Machine.Encrypted) return;
        foreach (var ami in recipe.Distribution.Amis.Where(a => a.Permissions.Public || (!a.Permissions.IsPrivate && recipe.Machine.Key is null && a.Keys.Count == 0)))
            problems.Add(new Problem("IB1145", $"The image of `{recipe.Name}` is to be shared, and is built on an encrypted volume.",
                ami.Permissions.Public ? "An encrypted image cannot be public." : "The account's default key, with which it is encrypted, is for its own account only.",
                "Write `encrypted: false` under `aws:`, or name a `kmsKey` that the others may use.", ami.At));
    }

    /// <summary>What anybody who may read commands could read later.</summary>
    public static void CheckSecrets(Recipe recipe, IEnumerable<PlannedStep> steps, ProblemBag problems)
    {
        if (recipe.Machine.Bucket is null && steps.FirstOrDefault(s => s.Secrets.Count > 0) is { } step)
            problems.Add(new Problem("IB1146", $"The step `{step.Id}` uses a secret, and there is no bucket to send it by.",
                "A command of Systems Manager stays in its history for 30 days, with all that is in it.",
                "Name a bucket of the region under `aws:` as `bucket`; the step is sent by it then, and removed.", step.At));
    }

    public ParentImage? Resolve(Recipe recipe)
    {
        if (recipe.Aws is not { } parent)
        {
            problems.Add(new Problem("IB1142", $"The recipe `{recipe.Name}` has no parent image for the aws engine.",
                "`parentImage` has no key `aws`.", "Add e.g. `aws: ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64`, or use --engine=local.",
                new Place(recipe.File)));
            return null;
        }

        if (RecipeFamily.IsMeant(parent)) return family.ParentOf(recipe, parent);
        if (Known().IsMatch(parent.Text)) return new ParentImage("cloud", parent.Text, "", "", [], LayerKeys.Foreign(parent.Text, recipe));
        problems.Add(new Problem("IB1144", $"`{parent.Text}` names no image of AWS.", $"Parent images are written as one of: {Forms}.",
            parent.Text.Contains('/', StringComparison.Ordinal) || parent.Text.Contains(':', StringComparison.Ordinal) ? "Write it like one of these."
                : $"Say whose image it is, so that nobody else's is taken: `aws: amazon/{parent.Text}` or `aws: 123456789012/{parent.Text}`.", parent.At));
        return null;
    }

    [GeneratedRegex(@"^(ami-[0-9a-f]{8,17}|ssm:/?[\w./-]+(:\w+)?|(amazon|aws-marketplace|self|\d{12})/[\w ()\[\].\-'@*?/]{1,128}|product:[0-9a-z-]{10,64})$")]
    private static partial Regex Known();
}
