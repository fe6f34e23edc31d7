namespace ImageBuilder.Aws;

/// <summary>How a service of AWS is spoken to.</summary>
internal enum Wire
{
    /// <summary>JSON, with the operation in a header.</summary>
    Json,

    /// <summary>JSON or bytes, with the operation in method and path.</summary>
    RestJson,

    /// <summary>A form; answers are XML.</summary>
    Query,
}

/// <summary>A service that has no package of its own here.</summary>
/// <param name="Id">As in <c>AWS_ENDPOINT_URL_SNS</c>.</param>
/// <param name="Prefix">First part of its host name.</param>
/// <param name="Target">What goes before the operation's name in the header, for <see cref="Wire.Json"/>.</param>
internal sealed record AwsDialect(string Id, string Prefix, Wire Wire, string Version, string Target = "")
{
    /// <summary>As signatures name it, where that is not <see cref="Prefix"/>.</summary>
    public string? Signing { get; init; }

    /// <summary>The region that a service of the whole partition answers for, in the standard partition; null: it has a host in each region.</summary>
    public string? Home { get; init; }

    /// <summary>True where its host has no region in its name.</summary>
    public bool Global { get; init; }

    public static readonly AwsDialect Blocks = new("EBS", "ebs", Wire.RestJson, "2019-11-02");
    public static readonly AwsDialect Builds = new("CODEBUILD", "codebuild", Wire.Json, "2016-10-06", "CodeBuild_20161006");
    public static readonly AwsDialect Components = new("IMAGEBUILDER", "imagebuilder", Wire.RestJson, "2019-12-02");
    public static readonly AwsDialect Licenses = new("LICENSE_MANAGER", "license-manager", Wire.Json, "2018-08-01", "AWSLicenseManager");
    public static readonly AwsDialect Logs = new("CLOUDWATCH_LOGS", "logs", Wire.Json, "2014-03-28", "Logs_20140328");
    public static readonly AwsDialect Notifications = new("SNS", "sns", Wire.Query, "2010-03-31");
    public static readonly AwsDialect Organizations =
        new("ORGANIZATIONS", "organizations", Wire.Json, "2016-11-28", "AWSOrganizationsV20161128") { Home = "us-east-1" };
    public static readonly AwsDialect Roles = new("IAM", "iam", Wire.Query, "2010-05-08") { Home = "us-east-1", Global = true };
    public static readonly AwsDialect Shares = new("RAM", "ram", Wire.RestJson, "2018-01-04");
}

/// <summary>One request. What a service's way of speaking does not use stays empty.</summary>
internal sealed record AwsCall(string Operation)
{
    public System.Text.Json.Nodes.JsonNode? Body { get; init; }

    /// <summary>Content that is no JSON.</summary>
    public byte[]? Bytes { get; init; }

    public string Method { get; init; } = "POST";

    /// <summary>With names in braces for <see cref="Names"/>.</summary>
    public string Path { get; init; } = "/";

    public IReadOnlyDictionary<string, string> Names { get; init; } = new Dictionary<string, string>();

    /// <summary>After the <c>?</c>; for <see cref="Wire.Query"/> the form.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}
