using Amazon.EC2;
using Amazon.EC2.Model;

namespace ImageBuilder.Aws;

/// <summary>Tags of EC2's resources.</summary>
internal static class AmazonTags
{
    public static IReadOnlyDictionary<string, string> Of(List<Tag>? tags) => (tags ?? []).ToDictionary(t => t.Key, t => t.Value ?? "");

    public static List<Filter> Filters(IReadOnlyDictionary<string, string> tags) => [.. tags.Select(t => new Filter($"tag:{t.Key}", [Literal(t.Value)]))];

    public static List<Tag> List(IReadOnlyDictionary<string, string> tags) => [.. tags.Select(t => new Tag(t.Key, t.Value))];

    public static List<TagSpecification> Specifications(ResourceType kind, IReadOnlyDictionary<string, string> tags) =>
        tags.Count == 0 ? [] : [new TagSpecification { ResourceType = kind, Tags = List(tags) }];

    /// <summary>The client sends an empty list as a member without a value, which EC2 does not know: no list sends none.</summary>
    public static List<T>? OrNone<T>(List<T> list) => list.Count == 0 ? null : list;

    /// <summary>In values of filters <c>*</c> and <c>?</c> stand for others.</summary>
    public static string Literal(string value) => value.Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("*", @"\*", StringComparison.Ordinal).Replace("?", @"\?", StringComparison.Ordinal);
}
