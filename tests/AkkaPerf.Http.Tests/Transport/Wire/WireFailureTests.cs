using System.Net.Sockets;
using AkkaPerf.Http.Transport.Wire;

namespace AkkaPerf.Http.Tests.Transport.Wire;

public sealed class WireFailureTests
{
    private static readonly SocketException Aborted = new((int)SocketError.OperationAborted);

    [Fact]
    public void A_connect_that_its_caller_gives_up_is_cancelled_however_the_socket_says_it()
    {
        var cancelled = new CancellationToken(canceled: true);
        Assert.Equal(cancelled, Assert.IsType<TaskCanceledException>(WireFailure.OfConnect(Aborted, TimeSpan.FromSeconds(1), cancelled)).CancellationToken);
        Assert.IsType<TaskCanceledException>(WireFailure.OfConnect(new OperationCanceledException(cancelled), TimeSpan.FromSeconds(1), cancelled));
    }

    [Fact]
    public void One_that_takes_too_long_has_timed_out_however_the_socket_says_it()
    {
        Assert.IsType<TimeoutException>(WireFailure.OfConnect(Aborted, TimeSpan.FromSeconds(1), CancellationToken.None).InnerException);
        Assert.IsType<TimeoutException>(WireFailure.OfConnect(new OperationCanceledException(), TimeSpan.FromSeconds(1), CancellationToken.None).InnerException);
    }

    [Fact]
    public void One_that_is_refused_is_a_failed_connection() => Assert.Equal(
        HttpRequestError.ConnectionError,
        Assert.IsType<HttpRequestException>(WireFailure.OfConnect(new SocketException((int)SocketError.ConnectionRefused), TimeSpan.FromSeconds(1), CancellationToken.None)).HttpRequestError);
}
