using System.Net.Security;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>The HTTP client of probes. Each probe opens a connection of its own: one that is kept would not notice that the backend accepts no more.</summary>
internal static class ProbeClient
{
    public static HttpMessageInvoker Create(SslClientAuthenticationOptions? tls)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            ActivityHeadersPropagator = null, // keeps probes out of the traces
        };
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }

        return new HttpMessageInvoker(handler, disposeHandler: true);
    }

    /// <summary>A request to a path that is appended to the backend's address.</summary>
    public static HttpRequestMessage Request(HttpMethod method, Backend backend, string path)
    {
        var request = new HttpRequestMessage(method, backend.Address.GetLeftPart(UriPartial.Path).TrimEnd('/') + path);
        request.Headers.TryAddWithoutValidation("User-Agent", "AkkaPerf-Health");
        if (backend.Host.Length > 0)
        {
            // TLS takes the server's name from it too.
            request.Headers.Host = backend.Host;
        }

        return request;
    }

    /// <summary>Reads what fits into a buffer; how much that was.</summary>
    public static async ValueTask<int> ReadAsync(HttpResponseMessage response, byte[] buffer, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }
    }
}
