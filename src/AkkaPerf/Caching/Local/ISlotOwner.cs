namespace AkkaPerf.Caching.Local;

/// <summary>What policy and timer wheel ask of the cache whose slots they order; always under its lock.</summary>
internal interface ISlotOwner
{
    /// <summary>When the slot's entry is to be dropped, as of now.</summary>
    long DeadlineOf(int slot);

    /// <summary>Drops the slot's entry because its life is over.</summary>
    void Expire(int slot);

    /// <summary>Drops the slot's entry because its place is needed.</summary>
    void Evict(int slot);
}
