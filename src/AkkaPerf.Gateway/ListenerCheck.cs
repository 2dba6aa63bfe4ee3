using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AkkaPerf.Gateway;

/// <summary>Looks whether all listeners can be opened before anything else is begun: the server opens them last, when backends are probed already.</summary>
internal static class ListenerCheck
{
    /// <exception cref="IOException">One cannot; the message says which and why.</exception>
    public static void Run(GatewayOptions options)
    {
        foreach (var address in options.Listen.Append(options.Admin.Listen).Where(static address => address.Port != 0))
        {
            if (address.Host == "localhost")
            {
                // One of them may be missing: the server goes on with the other.
                Check(address, IPAddress.Loopback, maySkip: true);
                Check(address, IPAddress.IPv6Loopback, maySkip: true);
            }
            else
            {
                Check(address, IPAddress.Parse(address.IdnHost), maySkip: false);
            }
        }
    }

    private static void Check(Uri address, IPAddress ip, bool maySkip)
    {
        try
        {
            // As the server itself does it.
            SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(ip, address.Port)).Dispose();
        }
        catch (SocketException exception) when (!maySkip || exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new IOException($"{address.GetLeftPart(UriPartial.Authority)} cannot be listened on: {exception.Message}.", exception);
        }
        catch (SocketException)
        {
            // The server says so if neither can be opened.
        }
    }
}
