using System.Text;
using AkkaPerf.Exchanges;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>An answer of our own for what cannot be forwarded (RFC 9457): short, made once, and without anything of our inside.</summary>
internal sealed class Problem : ProxyResponse
{
    public static readonly Problem Malformed = new(400, "Bad Request", "malformed-request");
    public static readonly Problem BadTarget = new(400, "Bad Request", "target-not-supported");
    public static readonly Problem NoRoute = new(404, "Not Found", "no-route");
    public static readonly Problem NoPipeline = new(404, "Not Found", "no-such-pipeline");
    public static readonly Problem MethodNotAllowed = new(405, "Method Not Allowed", "method-not-allowed");
    public static readonly Problem NotImplemented = new(501, "Not Implemented", "method-or-upgrade-not-supported");
    public static readonly Problem BadGateway = new(502, "Bad Gateway", "backend-failed");
    public static readonly Problem TooManyStreams = new(503, "Service Unavailable", "too-many-streams");
    public static readonly Problem Unreachable = new(502, "Bad Gateway", "backend-unreachable");

    private static readonly Problem QueueFull = new(503, "Service Unavailable", "queue-full");
    private static readonly Problem RateLimited = new(429, "Too Many Requests", "rate-limited");
    private static readonly Problem DeadlinePassed = new(504, "Gateway Timeout", "deadline-passed");
    private static readonly Problem NoHealthyBackend = new(503, "Service Unavailable", "no-healthy-backend");
    private static readonly Problem NoConnection = new(503, "Service Unavailable", "no-connection");
    private static readonly Problem Stopping = new(503, "Service Unavailable", "pipeline-stopping");
    private static readonly Problem Restarting = new(503, "Service Unavailable", "pipeline-restarting");
    private static readonly Problem TooLarge = new(413, "Content Too Large", "body-too-large");
    private static readonly Problem TooSlow = new(408, "Request Timeout", "body-too-slow");
    private static readonly Problem BadBody = new(400, "Bad Request", "body-not-readable");

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
    public static Problem Of(Exception? fault) =>
        fault is ConnectFailedException && !SendFailure.IsBrokenOff(fault.InnerException) ? Unreachable : BadGateway;

    /// <summary>What a client's body that could not be read looks like.</summary>
    public static Problem OfBody(BadHttpRequestException fault) => fault.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        StatusCodes.Status408RequestTimeout => TooSlow,
        _ => BadBody,
    };

    public override Task WriteToAsync(HttpContext context) => WriteToAsync(context, retryAfter: null);

    /// <summary>Writes it; whoever may come again is told when, in whole seconds and at least one.</summary>
    public Task WriteToAsync(HttpContext context, TimeSpan? retryAfter)
    {
        var response = context.Response;
        response.StatusCode = StatusCode;
        response.ContentType = "application/problem+json";
        response.ContentLength = _body.Length;
        response.Headers.CacheControl = "no-store";
        if (StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            var seconds = Math.Ceiling(retryAfter.GetValueOrDefault().TotalSeconds);
            response.Headers.RetryAfter = ((long)Math.Clamp(seconds, 1, int.MaxValue)).ToString();
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(_body, 0, _body.Length);
    }
}
