using ImageBuilder.Journals;
using ImageBuilder.Model;

namespace ImageBuilder.Engines.Aws;

/// <summary>Tags by which the image that a plan makes is known again, from any machine.</summary>
public static class ImageTags
{
    public const string Customized = "imagebuilder:customized";
    public const string Parent = "imagebuilder:parent";
    public const string Tested = "imagebuilder:tested";

    public const string Passed = "passed";

    /// <summary>Those of an image that was made of this plan, whatever its parent image was then.</summary>
    public static IReadOnlyDictionary<string, string> Finished(Plan plan) => new Dictionary<string, string>
    {
        [CloudTags.Recipe] = plan.Recipe,
        [CloudTags.State] = CloudTags.Kept,
        [Customized] = plan.Stages.Customize,
    };

    /// <param name="parent">Id of its parent image.</param>
    public static IReadOnlyDictionary<string, string> Finished(Plan plan, string parent) => new Dictionary<string, string>(Finished(plan)) { [Parent] = parent };
}
