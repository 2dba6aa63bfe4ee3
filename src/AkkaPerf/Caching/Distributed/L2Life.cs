using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Distributed;

/// <summary>When an entry was made and until when it is good for what, by the wall clock: processes share no other.</summary>
/// <remarks>MadeAt ≤ FreshUntil ≤ ExpiresAt.</remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct L2Life(DateTimeOffset MadeAt, DateTimeOffset FreshUntil, DateTimeOffset ExpiresAt)
{
    /// <summary>What is special about the entry wherever it is read; null if nothing is.</summary>
    public CacheEntryOptions? Own { get; init; }
}
