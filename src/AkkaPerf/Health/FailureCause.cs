using System.Net.Sockets;

namespace AkkaPerf.Health;

/// <summary>Says in a few words why a probe failed.</summary>
internal static class FailureCause
{
    /// <summary>The socket's error in plain words where there is one, else the innermost message.</summary>
    public static string Of(Exception exception)
    {
        var cause = exception;
        while (cause is not SocketException && cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause switch
        {
            SocketException socket => Of(socket),
            OperationCanceledException => "the probe was cancelled",
            _ when string.IsNullOrWhiteSpace(cause.Message) => cause.GetType().Name,
            _ => cause.Message,
        };
    }

    private static string Of(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.ConnectionAborted => "connection aborted",
        SocketError.HostNotFound or SocketError.NoData => "host not found",
        SocketError.HostUnreachable => "host unreachable",
        SocketError.NetworkUnreachable => "network unreachable",
        SocketError.TimedOut => "connect timed out",
        _ => exception.Message,
    };
}
