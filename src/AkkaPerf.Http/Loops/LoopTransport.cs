using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Http.Loops;

/// <summary>The server's transport whose connections the event loops watch; for addresses of IP.</summary>
internal sealed class LoopTransport(IOptions<SocketTransportOptions> options, IMemoryPoolFactory<byte> pools, ILogger<LoopTransport> logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var pool = pools.Create(new MemoryPoolOptions { Owner = "akkaperf" });
        try
        {
            return new(LoopListener.Open(endpoint, options.Value, pool, logger));
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }
}
