using System.Runtime.InteropServices;

namespace AkkaPerf.Statistics;

/// <summary>Chance for any thread without an atomic step, for what draws so often that it counts; the same sequence for the same seed and salts.</summary>
/// <remarks>
/// SplitMix64, as <see cref="AtomicRandom"/>, but a plain step: threads that step at the same moment may find the same state, or one of some steps
/// ago. So each draw brings a salt, the time: whoever finds the same state at another time draws another number.
/// </remarks>
internal sealed class PlainRandom
{
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15;

    private Padded _padded;

    public PlainRandom(long seed) => _padded.State = (ulong)seed;

    /// <summary>All bits of a random number.</summary>
    public ulong Next(long salt)
    {
        var state = _padded.State + GoldenRatio;
        _padded.State = state;
        return StableHash.Mix(state ^ (ulong)salt);
    }

    /// <summary>One of 0 to <paramref name="below"/> - 1, each as likely.</summary>
    public int Next(int below, long salt) => (int)(((Next(salt) >> 32) * (uint)below) >> 32);

    // In a cache line of its own: all threads write it, and would take from each other what lies beside it.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Padded
    {
        [FieldOffset(64)]
        public ulong State;
    }
}
