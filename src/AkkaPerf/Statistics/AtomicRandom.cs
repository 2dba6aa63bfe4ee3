namespace AkkaPerf.Statistics;

/// <summary>Chance for any thread: one atomic addition a draw, no lock, the same sequence for the same seed.</summary>
/// <remarks>SplitMix64 (Steele, Lea, Flood 2014): a counter that steps by the golden ratio, and a mix of its bits.</remarks>
internal sealed class AtomicRandom
{
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15;

    private ulong _state;

    public AtomicRandom(long seed) => _state = (ulong)seed;

    public ulong Next() => StableHash.Mix(Interlocked.Add(ref _state, GoldenRatio));

    /// <summary>One of 0 to <paramref name="below"/> - 1, each as likely.</summary>
    public int Next(int below) => (int)(((Next() >> 32) * (uint)below) >> 32);
}
