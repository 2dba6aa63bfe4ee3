using System.Net;

namespace AkkaPerf.Backends;

/// <summary>Asks the system, which asks hosts files and DNS.</summary>
internal sealed class SystemHostResolver : IHostResolver
{
    public static readonly SystemHostResolver Instance = new();

    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken) =>
        await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
}
