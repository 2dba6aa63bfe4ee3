using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>Remembers that a key's answers cannot be shared, so that requests for it do not wait for one another.</summary>
internal sealed class UnshareableMarker : CacheEntry
{
    /// <summary>How long it is remembered: long enough to spare a busy key the queueing, short enough to notice a change.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    public UnshareableMarker(long expiresAt)
        : base(expiresAt, 0)
    {
    }
}
