using System.Net;
using System.Runtime.CompilerServices;
using AkkaPerf.Backends;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;

namespace AkkaPerf.ServiceDiscovery;

/// <summary>One backend per endpoint of a service, followed by its change token. Any thread.</summary>
/// <remarks>A service without an endpoint is not known, rather than empty: the last endpoints stay.</remarks>
public sealed class ServiceDiscoverySource : IBackendSource
{
    // The resolver forgets a service that nobody has asked for within ten seconds, and its token with it.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly ServiceEndpointResolver _resolver;
    private readonly string _service;
    private readonly TimeProvider _time;
    private readonly string _scheme;
    private readonly string _name;

    /// <summary>Follows a service.</summary>
    /// <param name="resolver">From the container that <c>AddServiceDiscovery</c> was called on.</param>
    /// <param name="service">As HTTP clients name it: <c>https+http://shop</c>, or <c>http://_admin.shop</c> for a named endpoint.</param>
    /// <param name="time">The clock; null = the system's.</param>
    /// <exception cref="ArgumentException">The service is not named like that.</exception>
    public ServiceDiscoverySource(ServiceEndpointResolver resolver, string service, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        ArgumentNullException.ThrowIfNull(service);
        if (!ServiceEndpointQuery.TryParse(service, out var query))
        {
            throw new ArgumentException($"'{service}' names no service, as https+http://shop does.", nameof(service));
        }

        _resolver = resolver;
        _service = service;
        _time = time ?? TimeProvider.System;
        _scheme = query.IncludedSchemes is [var first, ..] ? first : Uri.UriSchemeHttp;
        _name = query.ServiceName;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<IReadOnlyList<BackendOptions>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await _resolver.GetEndpointsAsync(_service, cancellationToken).ConfigureAwait(false);
            yield return found.Endpoints.Count > 0
                ? [.. found.Endpoints.Select(ToOptions).DistinctBy(static options => options.Id, StringComparer.Ordinal)]
                : throw new InvalidOperationException($"The service {_service} has no endpoint.");
            await ChangeAsync(found.ChangeToken, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public override string ToString() => _service;

    private BackendOptions ToOptions(ServiceEndpoint endpoint)
    {
        var address = AddressOf(endpoint.EndPoint);
        var name = endpoint.Features.Get<IHostNameFeature>()?.HostName;
        return new BackendOptions
        {
            Id = BackendId.Of(_name, address),
            Address = address,
            Host = string.IsNullOrEmpty(name) ? "" : address.IsDefaultPort ? name : $"{name}:{address.Port}",
        };
    }

    private Uri AddressOf(EndPoint endpoint) => endpoint switch
    {
        UriEndPoint uri => uri.Uri,
        DnsEndPoint dns => new UriBuilder(_scheme, dns.Host, dns.Port > 0 ? dns.Port : -1).Uri,
        IPEndPoint ip => new UriBuilder(_scheme, ip.Address.ToString(), ip.Port > 0 ? ip.Port : -1).Uri,
        _ => throw new NotSupportedException($"The service {_service} has an endpoint of an unknown kind: {endpoint}."),
    };

    private async Task ChangeAsync(IChangeToken token, CancellationToken cancellationToken)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = token.RegisterChangeCallback(static source => ((TaskCompletionSource)source!).TrySetResult(), changed);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed.Task, Task.Delay(AskAgain, _time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
