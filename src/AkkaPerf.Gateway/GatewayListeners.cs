using System.Net;
using AkkaPerf.Http.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AkkaPerf.Gateway;

/// <summary>Opens the clients' listeners and the operators', and says every limit of the server in one place.</summary>
internal static class GatewayListeners
{
    public static void Configure(KestrelServerOptions kestrel, GatewayOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.PassHeaderBytes();
        Limit(kestrel.Limits, options);
        foreach (var address in options.Listen)
        {
            Listen(kestrel, address, new ListenerKind(IsAdmin: false));
        }

        Listen(kestrel, options.Admin.Listen, new ListenerKind(IsAdmin: true));
    }

    // The server's own defaults, written down so that they are decisions; only bodies are not limited, since they are never held.
    private static void Limit(KestrelServerLimits limits, GatewayOptions options)
    {
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestBufferSize = 1024 * 1024;
        limits.MaxResponseBufferSize = 64 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MaxRequestBodySize = options.MaxRequestBody > 0 ? options.MaxRequestBody : null;
        limits.Http2.MaxStreamsPerConnection = 100;
    }

    private static void Listen(KestrelServerOptions kestrel, Uri address, ListenerKind kind)
    {
        if (address.Host == "localhost")
        {
            kestrel.ListenLocalhost(address.Port, Mark);
        }
        else
        {
            kestrel.Listen(IPAddress.Parse(address.IdnHost), address.Port, Mark);
        }

        void Mark(ListenOptions listener)
        {
            listener.Use(next => connection =>
            {
                connection.Features.Set(kind);
                return next(connection);
            });
        }
    }
}
