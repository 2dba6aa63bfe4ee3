using System.Net;
using System.Net.Security;
using System.Text;

namespace AkkaPerf.Health;

/// <summary>Gets a path of an http(s) backend: its status, and what stands in the body, say whether it is up.</summary>
public sealed class HttpHealthProbe : IHealthProbe, IDisposable
{
    // Enough for any health report; what comes later is not looked at.
    private const int MaxBodyBytes = 64 * 1024;

    private static readonly string DefaultPath = new HealthOptions().Path;

    private readonly string _path;
    private readonly StatusRanges _statuses;
    private readonly byte[] _body;
    private readonly string _bodyText;
    private readonly bool _needNotExist;
    private readonly HttpMessageInvoker _client;

    /// <summary>Probes <see cref="HealthOptions.Path"/>'s default, which a backend need not have: 404 and 405 are up too.</summary>
    public HttpHealthProbe()
        : this(DefaultPath)
    {
    }

    /// <summary>Probes a path, which is appended to the backend's address; 200 to 399 are up.</summary>
    /// <param name="path">Starts with '/', may have a query; with <c>/health</c>, the default, 404 and 405 are up too.</param>
    /// <exception cref="ArgumentException">The path does not start with '/'.</exception>
    public HttpHealthProbe(string path)
        : this(path, [StatusRanges.Default])
    {
    }

    /// <summary>Probes a path, which is appended to the backend's address.</summary>
    /// <param name="path">Starts with '/', may have a query.</param>
    /// <param name="statuses">Which are up, as in <see cref="HealthOptions.Statuses"/>.</param>
    /// <param name="body">What must stand in the body's first 64 KiB; empty = it is not read.</param>
    /// <param name="tls">How TLS is done; null = as the system does.</param>
    /// <exception cref="ArgumentException">The path does not start with '/', or a status is none.</exception>
    public HttpHealthProbe(string path, IEnumerable<string> statuses, string body = "", SslClientAuthenticationOptions? tls = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(statuses);
        ArgumentNullException.ThrowIfNull(body);
        if (!path.StartsWith('/'))
        {
            throw new ArgumentException("A probe's path starts with '/'.", nameof(path));
        }

        _client = ProbeClient.Create(tls);
        _path = path;
        _statuses = new StatusRanges(statuses);
        _bodyText = body;
        _body = Encoding.UTF8.GetBytes(body);

        // Whoever asks for a body wants the page that has it.
        _needNotExist = path == DefaultPath && _statuses.AreDefault && body.Length == 0;
    }

    /// <inheritdoc />
    public async ValueTask<ProbeResult> ProbeAsync(Backends.Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        using var request = ProbeClient.Request(HttpMethod.Get, backend, _path);
        request.Headers.ConnectionClose = true;
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var status = $"HTTP {(int)response.StatusCode}";
            if (!IsUp(response.StatusCode))
            {
                return new ProbeResult(IsUp: false, status);
            }

            return _body.Length == 0 || await HasBodyAsync(response, cancellationToken).ConfigureAwait(false)
                ? new ProbeResult(IsUp: true, status)
                : new ProbeResult(IsUp: false, $"{status} without '{_bodyText}' in its body");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return new ProbeResult(IsUp: false, FailureCause.Of(failure));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private bool IsUp(HttpStatusCode status) => _statuses.Contains((int)status)
        || (_needNotExist && status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed);

    private async ValueTask<bool> HasBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBodyBytes];
        var read = await ProbeClient.ReadAsync(response, buffer, cancellationToken).ConfigureAwait(false);
        return buffer.AsSpan(0, read).IndexOf(_body) >= 0;
    }
}
