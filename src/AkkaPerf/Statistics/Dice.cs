namespace AkkaPerf.Statistics;

/// <summary>Random numbers of one thread, from one shared draw: an atomic step for each would cost more than what is drawn for.</summary>
internal struct Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next() => StableHash.Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>One of 0 to <paramref name="below"/> - 1, each as likely.</summary>
    public int Next(int below) => (int)(((Next() >> 32) * (uint)below) >> 32);
}
