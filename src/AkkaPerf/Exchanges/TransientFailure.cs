using System.Data.Common;
using System.Net.Sockets;

namespace AkkaPerf.Exchanges;

/// <summary>Failures of the way to a backend rather than of what was asked: another backend may do better.</summary>
internal static class TransientFailure
{
    public static bool Is(Exception exception) => exception
        is HttpRequestException
        or IOException
        or SocketException
        or TimeoutException
        or ConnectFailedException
        or DbException { IsTransient: true }

        // How HttpClient says that it took too long.
        or OperationCanceledException { InnerException: TimeoutException };
}
