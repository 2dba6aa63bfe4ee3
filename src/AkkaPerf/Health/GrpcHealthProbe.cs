using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;

namespace AkkaPerf.Health;

/// <summary>Asks an http(s) backend's standard health service (<c>grpc.health.v1.Health/Check</c>): serving is up.</summary>
/// <remarks>Over HTTP/2, without TLS by prior knowledge. The framing is written by hand, for it is two small messages.</remarks>
public sealed class GrpcHealthProbe : IHealthProbe, IDisposable
{
    private const string Path = "/grpc.health.v1.Health/Check";
    private const string StatusHeader = "grpc-status";
    private const string Ok = "0";
    private const string Unimplemented = "12";
    private const string NotFound = "5";

    private readonly byte[] _question;
    private readonly string _service;
    private readonly HttpMessageInvoker _client;

    /// <summary>Asks for a service.</summary>
    /// <param name="service">Its full name; empty = the server as a whole.</param>
    /// <param name="tls">How TLS is done; null = as the system does.</param>
    public GrpcHealthProbe(string service = "", SslClientAuthenticationOptions? tls = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        _client = ProbeClient.Create(tls);
        _service = service;
        _question = GrpcHealthMessages.Request(service);
    }

    /// <inheritdoc />
    public async ValueTask<ProbeResult> ProbeAsync(Backends.Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        using var request = ProbeClient.Request(HttpMethod.Post, backend, Path);
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Content = new ByteArrayContent(_question);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return new ProbeResult(IsUp: false, $"HTTP {(int)response.StatusCode}");
            }

            var buffer = new byte[GrpcHealthMessages.LongestAnswer];
            var read = await ProbeClient.ReadAsync(response, buffer, cancellationToken).ConfigureAwait(false);
            return Judge(StatusOf(response), buffer.AsSpan(0, read));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return new ProbeResult(IsUp: false, FailureCause.Of(failure));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private ProbeResult Judge(string? status, ReadOnlySpan<byte> answer)
    {
        if (status != Ok)
        {
            return new ProbeResult(IsUp: false, status switch
            {
                null => "no gRPC answer",
                Unimplemented => "the server has no gRPC health service",
                NotFound => $"the server knows no service '{_service}'",
                _ => $"gRPC status {status}",
            });
        }

        return GrpcHealthMessages.ServingStatusOf(answer) switch
        {
            null => new ProbeResult(IsUp: false, "no gRPC answer"),
            GrpcHealthMessages.Serving => new ProbeResult(IsUp: true, "serving"),
            2 => new ProbeResult(IsUp: false, "not serving"),
            var other => new ProbeResult(IsUp: false, $"gRPC serving status {other}"),
        };
    }

    // After the body; where nothing but a status is sent it stands in the head.
    private static string? StatusOf(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues(StatusHeader, out var values) || response.Headers.TryGetValues(StatusHeader, out values)
            ? values.First()
            : null;
}
