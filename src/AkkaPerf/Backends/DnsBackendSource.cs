using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace AkkaPerf.Backends;

/// <summary>One backend per address of a host, asked for again and again: .NET does not tell how long an answer holds.</summary>
/// <remarks>Each gets the name it was found by as <see cref="BackendOptions.Host"/>, so that HTTP's Host and TLS stay right, and its address in its id.</remarks>
internal sealed class DnsBackendSource : IBackendSource
{
    // Keeps many pipelines that started together from asking in step.
    private const double Jitter = 0.1;

    private readonly BackendOptions _template;
    private readonly IHostResolver _resolver;
    private readonly TimeProvider _time;
    private readonly Random _random;

    public DnsBackendSource(BackendOptions template, IHostResolver resolver, TimeProvider time, Random random)
    {
        _template = template;
        _resolver = resolver;
        _time = time;
        _random = random;
    }

    public async IAsyncEnumerable<IReadOnlyList<BackendOptions>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var addresses = await _resolver.ResolveAsync(_template.Address!.IdnHost, cancellationToken).ConfigureAwait(false);
            yield return addresses.Count > 0
                ? [.. addresses.Select(Unmapped).Distinct().OrderBy(static address => address.ToString(), StringComparer.Ordinal).Select(Expand)]
                : throw new InvalidOperationException($"{_template.Address.IdnHost} has no address.");

            await Task.Delay(_template.Resolve * (1 - Jitter + (2 * Jitter * _random.NextDouble())), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public override string ToString() => $"DNS of {_template.Address!.IdnHost}";

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private BackendOptions Expand(IPAddress address)
    {
        var text = address.ToString();
        return new BackendOptions
        {
            Id = $"{_template.Id}-{text.Replace(':', '-').Replace('%', '-')}",
            Address = new UriBuilder(_template.Address!) { Host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{text}]" : text }.Uri,
            Host = _template.Host.Length > 0 ? _template.Host : _template.Address!.Authority,
            Weight = _template.Weight,
            Priority = _template.Priority,
            Zone = _template.Zone,
            MaxInFlight = _template.MaxInFlight,
            MaxConnections = _template.MaxConnections,
            Enabled = _template.Enabled,
            FoundBy = _template.Id,
        };
    }
}
