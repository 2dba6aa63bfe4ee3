using System.Net;
using System.Net.Sockets;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>Ports of loopback that nobody listens on, below those that the system gives to clients.</summary>
internal sealed class FreePorts
{
    private int _next = 18100;

    /// <summary>Takes some in a row.</summary>
    /// <returns>The first.</returns>
    public int Take(int count)
    {
        while (!Enumerable.Range(_next, count).All(IsFree))
        {
            _next++;
        }

        var first = _next;
        _next += count;
        return first;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
