using System.Net;
using Amazon.Runtime;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Aws;

/// <summary>What AWS refuses or does not answer, as a problem.</summary>
internal static class AwsProblem
{
    private static readonly string[] s_denied =
        ["UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized", "Client.UnauthorizedOperation"];

    private static readonly string[] s_expired = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

    private static readonly string[] s_unknown =
        ["AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId", "IncompleteSignature", "MissingAuthenticationToken"];

    private static readonly string[] s_unheard = ["InvalidAction", "UnknownOperationException", "UnknownOperation"];

    /// <param name="what">What could not be done, to follow "AWS could not": e.g. <c>register the image x</c>.</param>
    /// <param name="action">The call, as policies name it: <c>ec2:RegisterImage</c>.</param>
    public static ProblemException Of(Exception cause, string what, string action, CloudPlace place, bool emulated) => new(ExitOf(cause), cause switch
    {
        AmazonServiceException e when s_denied.Contains(e.ErrorCode) => new Problem(CloudCalls.NotAllowed, $"AWS does not allow to {what} in {place}.",
            $"The answer was {e.ErrorCode}: {e.Message}", $"Allow {action} to the caller (--target=Iam writes the policies), or choose another identity with AWS_PROFILE."),
        AmazonServiceException e when s_expired.Contains(e.ErrorCode) => new Problem("IB8002", $"The credentials expired before AWS could {what} in {place}.",
            $"The answer was {e.ErrorCode}: {e.Message}", "Renew them and run the same command again: it goes on where this one ended."),
        AmazonServiceException e when s_unknown.Contains(e.ErrorCode) => new Problem("IB8003", $"AWS does not know who asks to {what} in {place}.",
            $"The answer was {e.ErrorCode}: {e.Message}", "Check the credentials, and that the region is enabled in the account."),
        AmazonServiceException { ErrorCode: "OptInRequired" } e => new Problem(CloudCalls.NotSubscribed, $"The account is not subscribed to what it takes to {what} in {place}.",
            $"The answer was {e.ErrorCode}: {e.Message}", "Subscribe to the product in the AWS Marketplace, or choose another parent image."),
        AmazonServiceException e when emulated && (Patience.IsBare(e) || s_unheard.Contains(e.ErrorCode)) => new Problem(CloudCalls.Unknown,
            $"The server of AWS_ENDPOINT_URL does not know how to {what}.", $"It answered {action} with {Said(e)}", "Use one that does, or AWS itself."),
        AmazonServiceException { StatusCode: not 0 } e when Patience.IsThrottling(e) || (int)e.StatusCode >= 500 => new Problem("IB8005",
            $"AWS could not {what} in {place}.", $"It was asked again and again, and the last answer was {Said(e)}",
            "Run the same command again later: it goes on where this one ended."),
        AmazonServiceException { StatusCode: not 0 } e => new Problem(CloudCalls.Refused, $"AWS refused to {what} in {place}.", $"The answer was {Said(e)}",
            "Correct what it names, and run the same command again."),
        _ => new Problem("IB8007", $"AWS could not be asked to {what} in {place}.", Causes(cause),
            emulated ? "Check that AWS_ENDPOINT_URL names a server that runs."
                : "Check the network, and the credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY."),
    }, cause);

    /// <summary>The code that a refusal carries; empty: it was none.</summary>
    public static string CodeOf(Exception cause) => cause is AmazonServiceException e ? e.ErrorCode ?? "" : "";

    private static ExitCode ExitOf(Exception cause) => cause is AmazonServiceException { StatusCode: not 0 and not HttpStatusCode.Forbidden } e
        && !s_unknown.Contains(e.ErrorCode) && !s_denied.Contains(e.ErrorCode) && !s_expired.Contains(e.ErrorCode) ? ExitCode.BuildFailed : ExitCode.Prerequisites;

    // A reply with a status and nothing else has no code, and at most a page for people.
    private static string Said(AmazonServiceException e) => string.IsNullOrEmpty(e.ErrorCode) ? $"status {(int)e.StatusCode}." : $"{e.ErrorCode}: {e.Message}";

    private static string Causes(Exception cause)
    {
        var messages = new List<string>();
        for (var e = cause; e is not null; e = e.InnerException)
            if (!messages.Contains(e.Message)) messages.Add(e.Message);
        return string.Join(' ', messages);
    }
}
