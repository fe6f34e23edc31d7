using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;

namespace ImageBuilder.Aws;

/// <summary>
/// Asks a service of AWS that has no package of its own here: signatures, credentials, retries and times are those of AWS's own client.
/// </summary>
internal sealed class RestJsonClient : AmazonServiceClient
{
    private RestJsonClient(AWSCredentials credentials, ServiceConfig config) : base(credentials, config) { }

    private RestJsonClient(ServiceConfig config) : base(config) { }

    /// <param name="service">As in the names of its end points and in signatures, e.g. <c>imagebuilder</c>.</param>
    /// <param name="region">Null: the caller's.</param>
    public static RestJsonClient For(string service, string? region, Caller caller)
    {
        var config = new ServiceConfig(service) { AuthenticationServiceName = service };
        caller.Configure(config, service.ToUpperInvariant());
        if (region is not null && config.ServiceURL is null) config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(region);
        return caller.Credentials is { } credentials ? new RestJsonClient(credentials, config) : new RestJsonClient(config);
    }

    /// <summary>The answer to <c>GET path?name=value</c>.</summary>
    public async Task<JsonElement> GetAsync(string path, string name, string value, CancellationToken cancel)
    {
        var options = new InvokeOptions { RequestMarshaller = new Marshaller(), ResponseUnmarshaller = new Unmarshaller() };
        return (await InvokeAsync<Answer>(new Question(path, name, value, ((ServiceConfig)Config).RegionEndpointServiceName), options, cancel)).Root;
    }

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) =>
        pipeline.AddHandlerAfter<Amazon.Runtime.Internal.Marshaller>(new SignatureChoice());

    private sealed class ServiceConfig(string service) : ClientConfig(
        new DefaultConfigurationProvider([new DefaultConfiguration { Name = DefaultConfigurationMode.Standard, RetryMode = RequestRetryMode.Standard }]))
    {
        public override string ServiceVersion => "";

        public override string UserAgent => "ImageBuilderBuild";

        public override string RegionEndpointServiceName => service;

        public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
            new(ServiceURL ?? $"https://{service}.{RegionEndpoint.SystemName}.{RegionEndpoint.PartitionDnsSuffix}/");
    }

    private sealed class SignatureChoice : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
    }

    private sealed class Question(string path, string name, string value, string service) : AmazonWebServiceRequest
    {
        public DefaultRequest Request()
        {
            var request = new DefaultRequest(this, service) { HttpMethod = "GET", ResourcePath = path, UseQueryString = true };
            request.Parameters.Add(name, value);
            return request;
        }
    }

    private sealed class Answer : AmazonWebServiceResponse
    {
        public JsonElement Root { get; init; }
    }

    private sealed class Marshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input) => ((Question)input).Request();
    }

    private sealed class Unmarshaller : JsonResponseUnmarshaller
    {
        public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext context)
        {
            using var answer = JsonDocument.Parse(context.Stream);
            return new Answer { Root = answer.RootElement.Clone() };
        }

        public override AmazonServiceException UnmarshallException(JsonUnmarshallerContext context, Exception innerException, HttpStatusCode statusCode)
        {
            var reader = new StreamingUtf8JsonReader(context.Stream);
            var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(context, ref reader);
            return new AmazonServiceException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode);
        }
    }
}
