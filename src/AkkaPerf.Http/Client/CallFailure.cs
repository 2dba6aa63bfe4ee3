using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Proxying;

namespace AkkaPerf.Http.Client;

/// <summary>What a caller of an <see cref="HttpClient"/> is thrown: what he would be without a pipeline, or the refusal.</summary>
internal static class CallFailure
{
    public static Exception Of(in Outcome<ProxyResponse> outcome, CancellationToken cancellationToken) => outcome.Reason switch
    {
        null => OfFault(outcome.Exception!),
        RefusalReason.Cancelled => new TaskCanceledException("The caller cancelled.", outcome.Exception, cancellationToken),

        // As when HttpClient.Timeout passes: who catches that catches this.
        RefusalReason.DeadlinePassed => TimedOut(new PipelineRefusedException(RefusalReason.DeadlinePassed, retryAfter: null, outcome.Exception)),
        { } reason => new PipelineRefusedException(reason, outcome.RetryAfter, outcome.Exception),
    };

    // A fault may be thrown at many callers of one load, each of whom gets an exception of his own.
    private static Exception OfFault(Exception fault) => fault switch
    {
        NotValidatedException => OfFault(fault.InnerException!),
        RequestRejectedException refused => new PipelineRefusedException(refused.Reason, refused.RetryAfter, fault),
        ConnectFailedException { InnerException: HttpRequestException cause } => new HttpRequestException(cause.HttpRequestError, cause.Message, cause),
        ConnectFailedException => new HttpRequestException(HttpRequestError.ConnectionError, fault.Message, fault),
        HttpRequestException failure => new HttpRequestException(failure.HttpRequestError, failure.Message, failure, failure.StatusCode),
        HttpIOException broken => new HttpRequestException(broken.HttpRequestError, broken.Message, broken),
        TimeoutException or OperationCanceledException { InnerException: TimeoutException } => TimedOut(fault),
        _ => new HttpRequestException(HttpRequestError.Unknown, "The call failed.", fault),
    };

    private static TaskCanceledException TimedOut(Exception cause) =>
        new("The call took longer than its pipeline allows.", new TimeoutException(cause.Message, cause));
}
