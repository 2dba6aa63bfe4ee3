using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Invalidations;

/// <summary>One order to forget many entries: whatever it names that was made before this moment.</summary>
/// <param name="Kind">What it names.</param>
/// <param name="Name">The tag or prefix; empty for everything.</param>
/// <param name="At">When, by the clock on the wall: processes compare it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Invalidation(InvalidationKind Kind, string Name, DateTimeOffset At)
{
    /// <summary>Whether it names an entry.</summary>
    public bool Names(string key, IReadOnlyList<string> tags) => Kind switch
    {
        InvalidationKind.All => true,
        InvalidationKind.Prefix => key.StartsWith(Name, StringComparison.Ordinal),
        _ => tags.Contains(Name, StringComparer.Ordinal),
    };
}
