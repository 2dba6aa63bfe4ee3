namespace AkkaPerf.Exchanges;

/// <summary>One answer as the cache keeps it.</summary>
internal abstract class CacheEntry
{
    private readonly EntryLife _life;

    protected CacheEntry(in EntryLife life, long bytes, string[]? tags)
    {
        _life = life;
        Bytes = bytes;
        Tags = tags ?? [];
    }

    public ref readonly EntryLife Life => ref _life;

    /// <summary>Its estimated size.</summary>
    public long Bytes { get; }

    /// <summary>What it can be removed by, together with others.</summary>
    public string[] Tags { get; }

    /// <summary>The state of the invalidations by which it was last found valid; written by any thread, all write the truth.</summary>
    public int CheckedAt { get; set; } = -1;
}
