using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;
using ImageBuilder.Clouds;

namespace ImageBuilder.Aws;

/// <summary>The answer of a service.</summary>
internal sealed class AwsAnswer : AmazonWebServiceResponse
{
    public byte[] Bytes { get; init; } = [];

    /// <summary>Empty where the answer is no JSON.</summary>
    public JsonObject Json { get; init; } = [];

    public XElement? Xml { get; init; }

    /// <summary>The text of the first element of a name, at any depth.</summary>
    public string? Value(string name) => Xml?.DescendantsAndSelf().FirstOrDefault(e => e.Name.LocalName == name)?.Value;

    /// <summary>All elements of a name that lie right below one called <c>member</c> of a list of another name.</summary>
    public IEnumerable<XElement> Members(string list) =>
        Xml?.Descendants().Where(e => e.Name.LocalName == list).Elements().Where(e => e.Name.LocalName == "member") ?? [];
}

/// <summary>
/// Asks a service of AWS that has no package of its own here: signatures, credentials, clock and errors are those of AWS's own client. All that it
/// takes of that client's inner parts is in this file.
/// </summary>
internal sealed class ServiceClient : AmazonServiceClient
{
    private readonly AwsDialect _service;

    private ServiceClient(AwsDialect service, AWSCredentials credentials, ServiceConfig config) : base(credentials, config) => _service = service;

    public static ServiceClient For(AwsDialect service, Caller caller, CloudPlace place)
    {
        var region = service.Home is { } home && RegionEndpoint.GetBySystemName(place.Region).PartitionName == "aws" ? home : place.Region;
        return new ServiceClient(service, caller.CredentialsFor(place), caller.For(new ServiceConfig(service), service.Id, region));
    }

    public Task<AwsAnswer> CallAsync(AwsCall call, CancellationToken cancel) => InvokeAsync<AwsAnswer>(new Question(call), new InvokeOptions
    {
        RequestMarshaller = new Marshaller(_service),
        ResponseUnmarshaller = _service.Wire == Wire.Query ? new XmlUnmarshaller() : new JsonUnmarshaller(),
    }, cancel);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => pipeline.AddHandlerAfter<EndpointResolver>(new SignatureChoice());

    private sealed class ServiceConfig : ClientConfig
    {
        private readonly AwsDialect _service;

        public ServiceConfig(AwsDialect service) : base(
            new DefaultConfigurationProvider([new DefaultConfiguration { Name = DefaultConfigurationMode.Standard, RetryMode = RequestRetryMode.Standard }]))
        {
            _service = service;
            AuthenticationServiceName = service.Signing ?? service.Prefix;
        }

        public override string ServiceVersion => _service.Version;

        public override string UserAgent => "ImageBuilderBuild";

        public override string RegionEndpointServiceName => _service.Prefix;

        public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters)
        {
            if (!string.IsNullOrEmpty(ServiceURL)) return new Endpoint(ServiceURL);
            var region = RegionEndpoint.GetBySystemName(AuthenticationRegion);
            return new Endpoint(_service.Global && region.PartitionName == "aws" ? $"https://{_service.Prefix}.{region.PartitionDnsSuffix}"
                : $"https://{_service.Prefix}.{region.SystemName}.{region.PartitionDnsSuffix}");
        }
    }

    private sealed class SignatureChoice : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
    }

    private sealed class Question(AwsCall call) : AmazonWebServiceRequest
    {
        public AwsCall Call => call;
    }

    private sealed class Marshaller(AwsDialect service) : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var call = ((Question)input).Call;
            var request = new DefaultRequest(input, service.Id) { HttpMethod = call.Method, ResourcePath = call.Path };
            foreach (var (name, value) in call.Headers) request.Headers[name] = value;
            if (service.Wire == Wire.Query) Form(request, call);
            else if (service.Wire == Wire.Json) Json(request, call);
            else Rest(request, call);
            return request;
        }

        private void Form(DefaultRequest request, AwsCall call)
        {
            var form = new Dictionary<string, string>(call.Values) { ["Action"] = call.Operation, ["Version"] = service.Version };
            request.Headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8";
            request.Content = Encoding.ASCII.GetBytes(string.Join('&', form.Select(f => $"{Uri.EscapeDataString(f.Key)}={Uri.EscapeDataString(f.Value)}")));
        }

        private void Json(DefaultRequest request, AwsCall call)
        {
            request.Headers["X-Amz-Target"] = $"{service.Target}.{call.Operation}";
            request.Headers["Content-Type"] = "application/x-amz-json-1.1";
            request.Content = Encoding.UTF8.GetBytes(call.Body?.ToJsonString() ?? "{}");
        }

        private static void Rest(DefaultRequest request, AwsCall call)
        {
            foreach (var (name, value) in call.Names) request.AddPathResource($"{{{name}}}", value);
            foreach (var (name, value) in call.Values) request.Parameters[name] = value;
            request.UseQueryString = true;
            if (call.Bytes is not null) request.Headers["Content-Type"] = "application/octet-stream";
            else if (call.Body is not null) request.Headers["Content-Type"] = "application/json";
            request.Content = call.Bytes ?? (call.Body is { } body ? Encoding.UTF8.GetBytes(body.ToJsonString()) : []);
        }
    }

    private sealed class JsonUnmarshaller : JsonResponseUnmarshaller
    {
        public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext context)
        {
            using var memory = new MemoryStream();
            context.Stream.CopyTo(memory);
            var bytes = memory.ToArray();
            return new AwsAnswer { Bytes = bytes, Json = bytes is [(byte)'{', ..] && JsonNode.Parse(bytes) is JsonObject json ? json : [] };
        }

        public override AmazonServiceException UnmarshallException(JsonUnmarshallerContext context, Exception innerException, HttpStatusCode statusCode)
        {
            var reader = new StreamingUtf8JsonReader(context.Stream);
            var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(context, ref reader);
            return new AmazonServiceException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode);
        }
    }

    private sealed class XmlUnmarshaller : XmlResponseUnmarshaller
    {
        public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext context) => new AwsAnswer { Xml = XElement.Load(context.Stream) };

        public override AmazonServiceException UnmarshallException(XmlUnmarshallerContext context, Exception innerException, HttpStatusCode statusCode)
        {
            var error = XmlErrorResponseUnmarshaller.GetInstance().Unmarshall(context);
            return new AmazonServiceException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode);
        }
    }
}
