using System.Net;
using System.Net.Sockets;
using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

/// <summary>A resolver that finds what a test says, and counts who asks.</summary>
internal sealed class ScriptedResolver : IHostResolver
{
    private volatile IPAddress[] _addresses = [];
    private int _asked;

    public string Host { get; private set; } = "";

    public int Asked => Volatile.Read(ref _asked);

    public void Find(params string[] addresses) => _addresses = [.. addresses.Select(IPAddress.Parse)];

    /// <summary>From now on nobody knows the host.</summary>
    public void Forget() => _addresses = [];

    public ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        Host = host;
        var found = _addresses;
        Interlocked.Increment(ref _asked);
        return found.Length > 0
            ? new ValueTask<IReadOnlyList<IPAddress>>(found)
            : throw new SocketException((int)SocketError.HostNotFound);
    }
}
