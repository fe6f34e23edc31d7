using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>Launch templates of EC2.</summary>
internal sealed class AmazonTemplates(Lazy<AmazonAsker<AmazonEC2Client>> machines) : ILaunchTemplates
{
    private static readonly string[] s_gone =
        ["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException", "InvalidLaunchTemplateId.Malformed", "InvalidLaunchTemplateId.VersionNotFound"];

    private AmazonAsker<AmazonEC2Client> Ec2 => machines.Value;

    public async Task<Clouds.LaunchTemplate?> GetAsync(string template, CancellationToken cancel)
    {
        var request = new DescribeLaunchTemplatesRequest();
        if (template.StartsWith("lt-", StringComparison.Ordinal)) request.LaunchTemplateIds = [template];
        else request.LaunchTemplateNames = [template];
        var answer = await Ec2.TryAsync($"look at the launch template {template}", "ec2:DescribeLaunchTemplates", s_gone,
            c => c.DescribeLaunchTemplatesAsync(request, cancel), cancel);
        return answer?.LaunchTemplates is [var found, ..] ? Of(found) : null;
    }

    public async Task<long> AddVersionAsync(string id, string image, string description, string token, CancellationToken cancel)
    {
        var answer = await Ec2.AskAsync($"add a version to the launch template {id}", "ec2:CreateLaunchTemplateVersion", c => c.CreateLaunchTemplateVersionAsync(
            new CreateLaunchTemplateVersionRequest
            {
                LaunchTemplateId = id,
                SourceVersion = "$Latest",
                ClientToken = token,
                VersionDescription = description,
                LaunchTemplateData = new RequestLaunchTemplateData { ImageId = image },
            }, cancel), cancel);
        return answer.LaunchTemplateVersion.VersionNumber ?? 0;
    }

    public Task SetDefaultAsync(string id, long version, CancellationToken cancel) => Ec2.AskAsync($"change the default of the launch template {id}",
        "ec2:ModifyLaunchTemplate", c => c.ModifyLaunchTemplateAsync(new ModifyLaunchTemplateRequest { LaunchTemplateId = id, DefaultVersion = Text(version) }, cancel), cancel);

    public Task DeleteVersionAsync(string id, long version, CancellationToken cancel) => Ec2.TryAsync($"delete the version {version} of the launch template {id}",
        "ec2:DeleteLaunchTemplateVersions", s_gone,
        c => c.DeleteLaunchTemplateVersionsAsync(new DeleteLaunchTemplateVersionsRequest { LaunchTemplateId = id, Versions = [Text(version)] }, cancel), cancel);

    public async Task<string?> ImageOfAsync(string id, long version, CancellationToken cancel)
    {
        var answer = await Ec2.TryAsync($"look at the version {version} of the launch template {id}", "ec2:DescribeLaunchTemplateVersions", s_gone,
            c => c.DescribeLaunchTemplateVersionsAsync(new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = id, Versions = [Text(version)] }, cancel), cancel);
        return answer?.LaunchTemplateVersions is [var found, ..] ? found.LaunchTemplateData?.ImageId : null;
    }

    // Versions of all templates can only be asked for by $Latest and $Default: all others are asked for by template.
    public async Task<IReadOnlyList<string>> UsingAsync(string image, CancellationToken cancel)
    {
        var templates = await Ec2.AllAsync<Amazon.EC2.Model.LaunchTemplate>("list launch templates", "ec2:DescribeLaunchTemplates", async (c, next) =>
        {
            var answer = await c.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest { NextToken = next }, cancel);
            return (answer.LaunchTemplates, answer.NextToken);
        }, cancel);
        var using_ = new List<string>();
        foreach (var template in templates)
        {
            var versions = await Ec2.AllAsync<LaunchTemplateVersion>($"list the versions of the launch template {template.LaunchTemplateId}",
                "ec2:DescribeLaunchTemplateVersions", async (c, next) =>
            {
                var answer = await c.DescribeLaunchTemplateVersionsAsync(
                    new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = template.LaunchTemplateId, NextToken = next }, cancel);
                return (answer.LaunchTemplateVersions, answer.NextToken);
            }, cancel);
            if (versions.Any(v => v.LaunchTemplateData?.ImageId == image)) using_.Add(template.LaunchTemplateName);
        }

        return using_;
    }

    private static Clouds.LaunchTemplate Of(Amazon.EC2.Model.LaunchTemplate template) => new(
        template.LaunchTemplateId, template.LaunchTemplateName, template.DefaultVersionNumber ?? 0, template.LatestVersionNumber ?? 0);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
