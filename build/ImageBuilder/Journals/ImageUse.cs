using System.Globalization;
using ImageBuilder.Clouds;

namespace ImageBuilder.Journals;

/// <summary>Who still needs an image.</summary>
public static class ImageUse
{
    /// <summary>What uses it, in words; empty: nothing does.</summary>
    /// <param name="besides">Ids of instances that go away too.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(
        ICloudRegion region, string image, IReadOnlyCollection<string> besides, CancellationToken cancel)
    {
        var permissions = region.Images.PermissionsAsync(image, cancel);
        var instances = region.Compute.FindByImageAsync(image, cancel);
        var templates = region.Templates.UsingAsync(image, cancel);
        var parameters = region.Parameters.UsingAsync(image, cancel);
        var shared = await permissions;
        return
        [
            .. (await instances).Where(i => i.State is not ("terminated" or "shutting-down") && !besides.Contains(i.Id)).Select(i => $"instance {i.Id}"),
            .. (await templates).Select(t => $"launch template {t}"),
            .. (await parameters).Select(p => $"parameter {p}"),
            .. Who(shared),
        ];
    }

    /// <summary>Who starts machines by a version of a launch template: everybody who names no version, where it is the default.</summary>
    /// <param name="id">As in <c>lt-…/3</c>.</param>
    public static async Task<IReadOnlyList<string>> OfVersionAsync(ICloudRegion region, string id, CancellationToken cancel)
    {
        var parts = id.Split('/');
        return await region.Templates.GetAsync(parts[0], cancel) is { } template && template.DefaultVersion.ToString(CultureInfo.InvariantCulture) == parts[1]
            ? [$"launch template {template.Name}, as its default"] : [];
    }

    /// <summary>Those who may use it, in the same words.</summary>
    public static IReadOnlyList<string> Who(LaunchPermissions shared) =>
        [.. shared.Public ? ["everybody"] : (string[])[], .. shared.Accounts.Select(a => $"account {a}"), .. shared.Organizations, .. shared.Units];
}
