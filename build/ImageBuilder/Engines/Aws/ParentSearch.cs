using ImageBuilder.Clouds;
using ImageBuilder.Journals;
using ImageBuilder.Problems;

namespace ImageBuilder.Engines.Aws;

/// <summary>Finds the image that a recipe starts from, and makes sure that it can be used. Starts nothing.</summary>
internal sealed class ParentSearch(AwsSite site)
{
    private const string Parameter = "ssm:";
    private const string Product = "product:";

    private IImages Images => site.Region.Images;

    public async Task<CloudImage> RunAsync(CancellationToken cancel)
    {
        var image = await FindAsync(site.Plan.Parent.Reference, cancel);
        Check(image);
        // As whoever starts it will be asked: is the account subscribed, may the caller do it, are names right?
        await site.Region.Compute.CheckAsync(
            site.InstanceOf(image, site.Types[0], site.Machine.SecurityGroups, new Making(new Dictionary<string, string>(), Guid.NewGuid().ToString("N")), forBuild: true), cancel);
        return image;
    }

    private async Task<CloudImage> FindAsync(string text, CancellationToken cancel)
    {
        if (site.Plan.Parent.Plan is { } parent)
            return await NewestAsync(new ImageQuery { Owners = ["self"], Tags = ImageTags.Finished(parent) }, cancel)
                ?? throw NotFound("There is none of the recipe as it is now.", $"Run ./build.sh --target=TestImage --engine=aws --recipe={parent.Recipe}");
        if (text.StartsWith("ami-", StringComparison.Ordinal)) return await OfIdAsync(text, "", cancel);
        if (text.StartsWith(Parameter, StringComparison.Ordinal))
        {
            var found = await site.Region.Parameters.FindAsync(text[Parameter.Length..], reveal: false, cancel);
            return found?.Value is { } id ? await OfIdAsync(id, $" The parameter says {id}.", cancel)
                : throw NotFound("There is no plain parameter of that name.",
                    "Correct the name; public ones are listed by `aws ssm get-parameters-by-path --path /aws/service/…`.");
        }

        var query = new ImageQuery { Architecture = site.Plan.Architecture };
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        query = text.StartsWith(Product, StringComparison.Ordinal) ? query with { Owners = ["aws-marketplace"], ProductCode = text[Product.Length..] }
            : query with { Owners = [text[..slash]], Name = text[(slash + 1)..] }; // the planner has checked the form
        return await NewestAsync(query, cancel) ?? throw NotFound($"No image for {site.Plan.Architecture} fits that.", "Correct owner and name; `*` stands for any text.");
    }

    private async Task<CloudImage> OfIdAsync(string id, string why, CancellationToken cancel) => await Images.GetAsync(id, cancel)
        ?? throw NotFound($"Region and account have none, or may not see it.{why}", "Name one of that region; ids differ from region to region.");

    private async Task<CloudImage?> NewestAsync(ImageQuery query, CancellationToken cancel) => (await Images.FindAsync(query, cancel))
        .Where(i => i.State == "available").OrderByDescending(i => i.Created).ThenBy(i => i.Id, StringComparer.Ordinal).FirstOrDefault();

    private void Check(CloudImage image)
    {
        if (image.State != "available")
            throw Unfit(image, $"It is {image.State}. {image.Why}".Trim(), "Wait until it is available, or choose another one.");
        if (image.Architecture.Length > 0 && image.Architecture != site.Plan.Architecture)
            throw Unfit(image, $"It is for {image.Architecture}, the recipe is for {site.Plan.Architecture}.",
                "Write the image's `architecture` in the recipe, or choose another one.");
        if (image.Platform == "windows" != (site.Plan.Platform == "Windows"))
            throw Unfit(image, $"The recipe is for {site.Plan.Platform}, the image is not.", "Write the image's `platform` in the recipe, or choose another one.");
    }

    private ProblemException NotFound(string why, string fix) => new(ExitCode.BuildFailed, new Problem("IB8302",
        $"There is no image `{site.Plan.Parent.Reference}` in {site.Place}.", why, fix, site.At));

    private ProblemException Unfit(CloudImage image, string why, string fix) => new(ExitCode.BuildFailed, new Problem("IB8303",
        $"The image {image.Id} ({image.Name}) cannot be the parent of `{site.Plan.Recipe}`.", why, fix, site.At));
}
