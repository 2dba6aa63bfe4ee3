using System.Net;
using AkkaPerf.Http.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AkkaPerf.Gateway;

/// <summary>Opens the clients' listeners and the operators', and says every limit of the server in one place.</summary>
internal static class GatewayListeners
{
    public static void Configure(KestrelServerOptions kestrel, GatewayOptions options, CertificateStore certificates)
    {
        kestrel.AddServerHeader = false;
        kestrel.PassHeaderBytes();
        Limit(kestrel.Limits, options);
        foreach (var address in options.Listen)
        {
            Listen(kestrel, options, address, new ListenerKind(IsAdmin: false), certificates);
        }

        Listen(kestrel, options, options.Admin.Listen, new ListenerKind(IsAdmin: true), certificates);
    }

    private static void Limit(KestrelServerLimits limits, GatewayOptions options)
    {
        var rate = options.Limits.MinRate > 0 ? new MinDataRate(options.Limits.MinRate, options.Limits.MinRateGrace) : null;
        limits.MaxConcurrentConnections = options.Limits.Connections > 0 ? options.Limits.Connections : null;
        limits.MaxRequestLineSize = (int)options.Limits.RequestLine;
        limits.MaxRequestHeadersTotalSize = (int)options.Limits.RequestHeaders;
        limits.MaxRequestHeaderCount = options.Limits.HeaderCount;
        limits.RequestHeadersTimeout = options.Limits.HeadTimeout;
        limits.KeepAliveTimeout = options.Limits.KeepAlive;
        limits.MinRequestBodyDataRate = rate;
        limits.MinResponseDataRate = rate;
        limits.MaxRequestBodySize = options.MaxRequestBody > 0 ? options.MaxRequestBody : null;
        limits.Http2.MaxStreamsPerConnection = options.Limits.StreamsPerConnection;

        // Of one field; all of them together are limited above.
        limits.Http2.MaxRequestHeaderFieldSize = (int)options.Limits.RequestHeaders;

        // The server's own defaults, written down so that they are decisions.
        limits.MaxRequestBufferSize = 1024 * 1024;
        limits.MaxResponseBufferSize = 64 * 1024;
        if (limits.MaxRequestBufferSize < limits.MaxRequestLineSize)
        {
            limits.MaxRequestBufferSize = limits.MaxRequestLineSize;
        }
    }

    private static void Listen(KestrelServerOptions kestrel, GatewayOptions options, Uri address, ListenerKind kind, CertificateStore certificates)
    {
        if (address.Host == "localhost")
        {
            kestrel.ListenLocalhost(address.Port, Configure);
        }
        else
        {
            kestrel.Listen(IPAddress.Parse(address.IdnHost), address.Port, Configure);
        }

        void Configure(ListenOptions listener)
        {
            listener.Protocols = address.Scheme switch
            {
                AddressRules.Http2Cleartext => HttpProtocols.Http2,
                "https" => HttpProtocols.Http1AndHttp2,
                _ => HttpProtocols.Http1,
            };
            if (address.Scheme == Uri.UriSchemeHttps)
            {
                listener.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = context => new(certificates.For(context.ClientHelloInfo.ServerName)),
                });
            }
            else
            {
                // Where TLS stands in between, its stream collects what is written.
                listener.SendDirectly();
                if (options.Express && !kind.IsAdmin)
                {
                    listener.ServeExpress();
                }
            }

            if (!kind.IsAdmin)
            {
                listener.SendGathered();
            }

            listener.Use(next => connection =>
            {
                connection.Features.Set(kind);
                return next(connection);
            });
        }
    }
}
