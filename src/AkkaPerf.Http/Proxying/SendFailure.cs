using AkkaPerf.Exchanges;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>What it means that no response came.</summary>
internal static class SendFailure
{
    /// <summary>Whether nothing was sent: any request may go to another backend.</summary>
    public static bool IsConnectFailure(Exception exception) => exception switch
    {
        HttpRequestException failure => failure.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,

        // How the transport says that connecting took too long.
        OperationCanceledException { InnerException: TimeoutException } => true,
        _ => false,
    };

    /// <summary>Whether the connection broke before the response's head was there, so that the backend may have the request or not.</summary>
    public static bool IsBrokenOff(Exception? exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.Unknown, InnerException: IOException };

    /// <summary>Whether another backend may do better. A backend that dies resets the connections it has: what was just being sent never reached it, or may be repeated.</summary>
    public static bool IsTransient(Exception exception) => IsBrokenOff(exception) || exception is TimeoutException or ConnectFailedException;

    /// <summary>Whether a request without a body may be sent a second time although the first may have arrived (RFC 9110, section 9.2.2).</summary>
    public static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
        || HttpMethods.IsTrace(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method);
}
