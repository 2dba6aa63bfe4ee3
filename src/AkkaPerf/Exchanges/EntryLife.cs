using System.Runtime.InteropServices;

namespace AkkaPerf.Exchanges;

/// <summary>When an entry was made and until when it is good for what, as timestamps of the cache's clock.</summary>
/// <remarks>MadeAt ≤ RefreshAt, MadeAt ≤ FreshUntil ≤ RevalidateUntil ≤ ExpiresAt.</remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryLife
{
    /// <summary>For ever fresh.</summary>
    public static EntryLife Endless { get; } = Until(long.MaxValue);

    /// <summary>When the load that brought it began.</summary>
    public long MadeAt { get; init; }

    /// <summary>From when on a hit has it refreshed in the background; <see cref="long.MaxValue"/> for never.</summary>
    public long RefreshAt { get; init; }

    /// <summary>Until when it is fresh; afterwards it is stale.</summary>
    public long FreshUntil { get; init; }

    /// <summary>Until when a stale hit is answered with it while it is refreshed; from then on only if no fresh answer can be had.</summary>
    public long RevalidateUntil { get; init; }

    /// <summary>When it is dropped.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>Fresh until then, and dropped then.</summary>
    public static EntryLife Until(long timestamp) =>
        new() { RefreshAt = long.MaxValue, FreshUntil = timestamp, RevalidateUntil = timestamp, ExpiresAt = timestamp };
}
