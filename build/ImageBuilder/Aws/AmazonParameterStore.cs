using System.Globalization;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>The Parameter Store of Systems Manager.</summary>
public sealed class AmazonParameterStore : IParameterStore
{
    private static readonly string[] s_missing = ["ParameterNotFound", "ParameterVersionNotFound"];

    // References to Secrets Manager are refused unless they are to be decrypted.
    private const string SecretsManager = "/aws/reference/secretsmanager/";

    internal const string Service = "SSM";

    private readonly Lazy<AmazonAsker<AmazonSimpleSystemsManagementClient>> _systems;

    public AmazonParameterStore() : this(Environment.GetEnvironmentVariable) { }

    /// <summary>With the credentials, region and end point that every AWS tool finds.</summary>
    public AmazonParameterStore(Func<string, string?> environment) : this(new Lazy<AmazonAsker<AmazonSimpleSystemsManagementClient>>(() =>
    {
        var caller = new Caller(environment, TimeProvider.System);
        var place = new CloudPlace(caller.RegionOrProblem(Service));
        return new(Client(caller, place), new Patience(caller.Clock), place, caller.IsEmulated(Service));
    }))
    {
    }

    internal AmazonParameterStore(Lazy<AmazonAsker<AmazonSimpleSystemsManagementClient>> systems) => _systems = systems;

    private AmazonAsker<AmazonSimpleSystemsManagementClient> Ssm => _systems.Value;

    internal static AmazonSimpleSystemsManagementClient Client(Caller caller, CloudPlace place) =>
        new(caller.CredentialsFor(place), caller.For(new AmazonSimpleSystemsManagementConfig(), Service, place.Region));

    public async Task<StoredParameter?> FindAsync(string name, bool reveal, CancellationToken cancel)
    {
        var decrypted = reveal || name.StartsWith(SecretsManager, StringComparison.Ordinal);
        var answer = await Ssm.TryAsync($"read the parameter {name}", decrypted ? "ssm:GetParameter (and kms:Decrypt for secrets)" : "ssm:GetParameter", s_missing,
            c => c.GetParameterAsync(new GetParameterRequest { Name = name, WithDecryption = decrypted }, cancel), cancel);
        if (answer is not { Parameter: { } found }) return null;
        var secret = found.Type == ParameterType.SecureString;
        return new StoredParameter(name, secret, secret && !reveal ? null : found.Value,
            string.Create(CultureInfo.InvariantCulture, $"{found.ARN} {found.Version} {found.LastModifiedDate?.ToUniversalTime():O}"));
    }

    public Task PutAsync(string name, string value, string type, CancellationToken cancel) => Ssm.AskAsync($"write the parameter {name}", "ssm:PutParameter",
        c => c.PutParameterAsync(new PutParameterRequest { Name = name, Value = value, Type = ParameterType.String, DataType = type, Overwrite = true }, cancel), cancel);

    public Task DeleteAsync(string name, CancellationToken cancel) => Ssm.TryAsync($"delete the parameter {name}", "ssm:DeleteParameter", s_missing,
        c => c.DeleteParameterAsync(new DeleteParameterRequest { Name = name }, cancel), cancel);

    // Their values can only be had by name, ten at a time.
    public async Task<IReadOnlyList<string>> UsingAsync(string value, CancellationToken cancel)
    {
        var plain = new ParameterStringFilter { Key = "Type", Option = "Equals", Values = ["String"] };
        var all = await Ssm.AllAsync<ParameterMetadata>("list parameters", "ssm:DescribeParameters", async (c, next) =>
        {
            var answer = await c.DescribeParametersAsync(new DescribeParametersRequest { ParameterFilters = [plain], MaxResults = 50, NextToken = next }, cancel);
            return (answer.Parameters, answer.NextToken);
        }, cancel);
        var found = new List<string>();
        foreach (var names in all.Select(p => p.Name).Chunk(10))
        {
            var answer = await Ssm.AskAsync("read parameters", "ssm:GetParameters", c => c.GetParametersAsync(new GetParametersRequest { Names = [.. names] }, cancel), cancel);
            found.AddRange((answer.Parameters ?? []).Where(p => p.Value == value).Select(p => p.Name));
        }

        return found;
    }
}
