namespace AkkaPerf.Exchanges;

/// <summary>What few entries need: made when one does, so that the others weigh less.</summary>
internal sealed class EntryExtras
{
    public EntryExtras(string[] tags) => Tags = tags;

    /// <summary>What it can be removed by, together with others.</summary>
    public string[] Tags { get; }

    /// <summary>Its estimated size, if the entry itself has no room for it.</summary>
    public long Bytes;

    /// <summary>How long it lives without a hit, in timestamps; 0 for no such limit.</summary>
    public long Sliding;

    /// <summary>When the next refresh may begin.</summary>
    public long RefreshNotBefore = long.MinValue;

    /// <summary>Until when it is answered though it is stale.</summary>
    public long HeldUntil = long.MinValue;

    /// <summary>When it was made by the clock on the wall, in ticks; 0 if only this process knows it.</summary>
    public long MadeAtUtc;

    /// <summary>What the one who made it said of its life; what the cache knows nothing of stands there as it came.</summary>
    public object? Options;

    /// <summary>Its value as bytes, once somebody needed a copy.</summary>
    public byte[]? Serialized;
}
