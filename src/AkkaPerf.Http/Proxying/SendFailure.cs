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

    /// <summary>Whether a request may be sent a second time although the first may have arrived (RFC 9110, section 9.2.2).</summary>
    public static bool MayRepeat(HttpRequestMessage message) =>
        message is { Content: null or EmptyContent, Method.Method: var method }
        && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
            || HttpMethods.IsTrace(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method));
}
