namespace AkkaPerf.Caching.Local;

/// <summary>What policy and timer wheel know of one slot; under the cache's lock.</summary>
internal struct Node
{
    private const int QueueBits = 3;
    private const uint MaxHits = uint.MaxValue >> QueueBits;

    /// <summary>What its entry weighs, in bytes: who leaves need not be looked at for that. First, so that nothing is lost to alignment.</summary>
    public long Weight;

    // Neighbours in the policy's queue, then in the wheel's bucket; NodeTable.None at an end.
    public int Older;
    public int Newer;
    public int TimerOlder;
    public int TimerNewer;
    public int Hash;

    // Queue and hits in one word: an entry's share of all this is kept small.
    private uint _meta;

    public QueueKind Queue
    {
        readonly get => (QueueKind)(_meta & ((1 << QueueBits) - 1));
        set => _meta = (_meta & ~((1u << QueueBits) - 1)) | (uint)value;
    }

    /// <summary>How often it was found; stops counting at half a billion.</summary>
    public readonly long Hits => _meta >> QueueBits;

    public void AddHits(int hits) => _meta = (uint)(Math.Min(Hits + hits, MaxHits) << QueueBits) | (uint)Queue;

    /// <summary>Makes it a new entry's.</summary>
    public void Reset(int hash, long weight)
    {
        Hash = hash;
        Weight = weight;
        _meta = 0;
    }
}
