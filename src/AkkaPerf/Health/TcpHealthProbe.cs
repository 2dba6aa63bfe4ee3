using System.Net;
using System.Net.Sockets;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Opens a TCP connection to a backend's host and port and closes it: connected is up.</summary>
public sealed class TcpHealthProbe : IHealthProbe
{
    /// <inheritdoc />
    public async ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (backend.Address.Port < 0)
        {
            return new ProbeResult(IsUp: false, $"the address {AddressText.Mask(backend.Address)} has no port");
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(backend.Address.DnsSafeHost, backend.Address.Port), cancellationToken).ConfigureAwait(false);
            return new ProbeResult(IsUp: true, "connected");
        }
        catch (SocketException failure)
        {
            return new ProbeResult(IsUp: false, FailureCause.Of(failure));
        }
    }
}
