using System.Net;

namespace AkkaPerf.Health;

/// <summary>Gets a path of an http(s) backend: 2xx and 3xx are up.</summary>
/// <remarks>Each probe opens a connection of its own: one that is kept would not notice that the backend accepts no more.</remarks>
public sealed class HttpHealthProbe : IHealthProbe, IDisposable
{
    private static readonly string DefaultPath = new HealthOptions().Path;

    private readonly string _path;
    private readonly HttpMessageInvoker _client;

    /// <summary>Probes <see cref="HealthOptions.Path"/>'s default, which a backend need not have: 404 and 405 are up too.</summary>
    public HttpHealthProbe()
        : this(DefaultPath)
    {
    }

    /// <summary>Probes a path, which is appended to the backend's address.</summary>
    /// <param name="path">Starts with '/', may have a query; with <c>/health</c>, the default, 404 and 405 are up too.</param>
    /// <exception cref="ArgumentException">The path does not start with '/'.</exception>
    public HttpHealthProbe(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!path.StartsWith('/'))
        {
            throw new ArgumentException("A probe's path starts with '/'.", nameof(path));
        }

        _path = path;
        _client = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                PooledConnectionLifetime = TimeSpan.Zero,
                MaxResponseDrainSize = 0,
                ResponseDrainTimeout = TimeSpan.Zero,
                ActivityHeadersPropagator = null, // keeps probes out of the traces
            },
            disposeHandler: true);
    }

    /// <inheritdoc />
    public async ValueTask<ProbeResult> ProbeAsync(Backends.Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        using var request = new HttpRequestMessage(HttpMethod.Get, backend.Address.GetLeftPart(UriPartial.Path).TrimEnd('/') + _path);
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "AkkaPerf-Health");
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return new ProbeResult(IsUp(response.StatusCode), $"HTTP {(int)response.StatusCode}");
        }
        catch (HttpRequestException failure)
        {
            return new ProbeResult(IsUp: false, FailureCause.Of(failure));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private bool IsUp(HttpStatusCode status) => (int)status is >= 200 and < 400
        || (_path == DefaultPath && status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed);
}
