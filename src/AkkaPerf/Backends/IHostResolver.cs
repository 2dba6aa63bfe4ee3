using System.Net;

namespace AkkaPerf.Backends;

/// <summary>Finds the addresses of a host.</summary>
public interface IHostResolver
{
    /// <summary>All addresses of a host, in any order.</summary>
    /// <exception cref="Exception">There is none, or nobody knows: the last known ones stay.</exception>
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken);
}
