using System.Buffers;
using System.Text;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>An answer of our own for what cannot be forwarded (RFC 9457): short, made once, and without anything of our inside.</summary>
internal sealed class Problem : ProxyResponse
{
    public static readonly Problem Malformed = new(400, "Bad Request", "malformed-request");
    public static readonly Problem BadTarget = new(400, "Bad Request", "target-not-supported");
    public static readonly Problem NoRoute = new(404, "Not Found", "no-route");
    public static readonly Problem NoPipeline = new(404, "Not Found", "no-such-pipeline");
    public static readonly Problem MethodNotAllowed = new(405, "Method Not Allowed", "method-not-allowed");
    public static readonly Problem NotStored = new(504, "Gateway Timeout", "not-stored");
    public static readonly Problem NotValidated = new(504, "Gateway Timeout", "not-validated");
    public static readonly Problem NoAsset = new(404, "Not Found", "no-such-asset");
    public static readonly Problem PreconditionFailed = new(412, "Precondition Failed", "precondition-failed");
    public static readonly Problem NoSuchRange = new(416, "Range Not Satisfiable", "no-such-range");
    public static readonly Problem AssetChanges = new(503, "Service Unavailable", "asset-changes");
    public static readonly Problem BodyTooLarge = new(413, "Content Too Large", "body-too-large");
    public static readonly Problem Loop = new(508, "Loop Detected", "proxy-loop");
    public static readonly Problem NotImplemented = new(501, "Not Implemented", "method-or-upgrade-not-supported");
    public static readonly Problem BadGateway = new(502, "Bad Gateway", "backend-failed");
    public static readonly Problem NoWebSockets = new(502, "Bad Gateway", "backend-without-websockets");
    public static readonly Problem TooManyStreams = new(503, "Service Unavailable", "too-many-streams");
    public static readonly Problem Unreachable = new(502, "Bad Gateway", "backend-unreachable");

    private static readonly Problem QueueFull = new(503, "Service Unavailable", "queue-full");
    private static readonly Problem RateLimited = new(429, "Too Many Requests", "rate-limited");
    private static readonly Problem DeadlinePassed = new(504, "Gateway Timeout", "deadline-passed");
    private static readonly Problem NoHealthyBackend = new(503, "Service Unavailable", "no-healthy-backend");
    private static readonly Problem NoConnection = new(503, "Service Unavailable", "no-connection");
    private static readonly Problem Stopping = new(503, "Service Unavailable", "pipeline-stopping");
    private static readonly Problem Restarting = new(503, "Service Unavailable", "pipeline-restarting");
    private static readonly Problem TooSlow = new(408, "Request Timeout", "body-too-slow");
    private static readonly Problem BadBody = new(400, "Bad Request", "body-not-readable");

    private static readonly StringValues ContentType = "application/problem+json";
    private static readonly StringValues NoStore = "no-store";

    private readonly byte[] _body;

    private Problem(int status, string title, string reason)
    {
        StatusCode = status;
        _body = Encoding.UTF8.GetBytes($$"""{"type":"about:blank","title":"{{title}}","status":{{status}},"reason":"{{reason}}"}""");
    }

    public override int StatusCode { get; }

    /// <summary>What a refusal looks like.</summary>
    public static Problem Of(RefusalReason reason) => reason switch
    {
        RefusalReason.QueueFull => QueueFull,
        RefusalReason.RateLimited => RateLimited,
        RefusalReason.DeadlinePassed => DeadlinePassed,
        RefusalReason.NoHealthyBackend => NoHealthyBackend,
        RefusalReason.NoConnection => NoConnection,
        RefusalReason.PipelineStopping => Stopping,
        _ => Restarting,
    };

    /// <summary>What a fault looks like.</summary>
    public static Problem Of(Exception? fault) => fault switch
    {
        NotValidatedException => NotValidated,
        ConnectFailedException when !SendFailure.IsBrokenOff(fault.InnerException) => Unreachable,
        _ => BadGateway,
    };

    /// <summary>What a client's body that could not be read looks like.</summary>
    /// <param name="fault">What reading it met: what the server says is wrong with it, or something else, as a chunk's size beyond what it counts to.</param>
    public static Problem OfBody(IOException fault) => (fault as BadHttpRequestException)?.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => BodyTooLarge,
        StatusCodes.Status408RequestTimeout => TooSlow,
        _ => BadBody,
    };

    public override Task WriteToAsync(HttpContext context) => WriteToAsync(context, retryAfter: null);

    /// <summary>Writes it; whoever may come again is told when.</summary>
    public Task WriteToAsync(HttpContext context, TimeSpan? retryAfter)
    {
        var response = context.Response;
        var headers = response.Headers;
        response.StatusCode = StatusCode;
        headers.ContentType = ContentType;
        headers.ContentLength = _body.Length;
        headers.CacheControl = NoStore;
        if (StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            headers.RetryAfter = Http.Proxying.RetryAfter.Text(retryAfter.GetValueOrDefault());
        }

        if (!context.Request.Method.Equals(HttpMethods.Head, StringComparison.Ordinal))
        {
            // It goes out with the head, when the request ends.
            response.BodyWriter.Write(_body);
        }

        return Task.CompletedTask;
    }
}
