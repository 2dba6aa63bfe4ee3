using System.Net;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Http.Client;

/// <summary>A call was refused by its pipeline, and not answered by a backend; its status code is the one that a gateway would answer.</summary>
public sealed class PipelineRefusedException : HttpRequestException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="retryAfter">When a new try may succeed, if that can be told.</param>
    /// <param name="cause">What lies behind it.</param>
    public PipelineRefusedException(RefusalReason reason, TimeSpan? retryAfter = null, Exception? cause = null)
        : base(ErrorOf(reason), new RequestRejectedException(reason, retryAfter).Message, cause, StatusOf(reason))
    {
        Reason = reason;
        RetryAfter = retryAfter;
    }

    /// <summary>Why.</summary>
    public RefusalReason Reason { get; }

    /// <summary>When a new try may succeed, if that can be told.</summary>
    public TimeSpan? RetryAfter { get; }

    private static HttpRequestError ErrorOf(RefusalReason reason) =>
        reason is RefusalReason.NoHealthyBackend or RefusalReason.NoConnection ? HttpRequestError.ConnectionError : HttpRequestError.Unknown;

    private static HttpStatusCode StatusOf(RefusalReason reason) => (HttpStatusCode)Proxying.Problem.Of(reason).StatusCode;
}
