using System.Net.Sockets;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>What went wrong, as the runtime's client says it.</summary>
internal static class WireFailure
{
    public static HttpIOException Ended() => new(HttpRequestError.ResponseEnded, "The backend closed the connection before its response's end.");

    public static HttpIOException Invalid(string what) => new(HttpRequestError.InvalidResponse, $"The backend's response is not sound: {what}.");

    public static HttpIOException TooLarge() => new(HttpRequestError.ConfigurationLimitExceeded, "The head of the backend's response is too large.");

    /// <summary>Whether it is nothing but that the other end has closed the connection.</summary>
    public static bool IsClosed(Exception exception) => exception is SocketException or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded };

    /// <summary>Of a connection that could not be made.</summary>
    public static Exception OfConnect(Exception exception, TimeSpan limit, CancellationToken cancellationToken) => exception switch
    {
        // A connect that is given up at once ends as an aborted operation of the socket, not as a cancellation.
        _ when cancellationToken.IsCancellationRequested => new TaskCanceledException("The call was cancelled.", exception, cancellationToken),
        OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted } => new TaskCanceledException("Connecting took too long.", new TimeoutException($"No connection within {limit.TotalSeconds:0.###} s.", exception)),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
            new HttpRequestException(HttpRequestError.NameResolutionError, exception.Message, exception),
        _ => new HttpRequestException(HttpRequestError.ConnectionError, exception.Message, exception),
    };

    /// <summary>Of a response whose head did not come.</summary>
    public static Exception OfHead(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        _ when cancellationToken.IsCancellationRequested => new TaskCanceledException("The call was cancelled.", exception, cancellationToken),
        HttpIOException failure => new HttpRequestException(failure.HttpRequestError, failure.Message, failure),
        SocketException or ObjectDisposedException => new HttpRequestException(HttpRequestError.Unknown, exception.Message, new IOException(exception.Message, exception)),
        _ => exception,
    };

    /// <summary>Of a body that broke off.</summary>
    public static Exception OfBody(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        _ when cancellationToken.IsCancellationRequested => new TaskCanceledException("The read was cancelled.", exception, cancellationToken),
        SocketException or ObjectDisposedException => new IOException(exception.Message, exception),
        _ => exception,
    };
}
