using System.Numerics;

namespace AkkaPerf.Statistics;

/// <summary>Says how many parts something has that threads of several processors change, and which of them is this one's.</summary>
internal static class Stripes
{
    // Beyond that threads seldom meet, and every pipeline has its own.
    private const int Most = 16;

    /// <summary>A power of two.</summary>
    public static int Count { get; } = (int)Math.Min(Most, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));

    /// <summary>That of the processor that this thread runs on; it may be on another one by the time it is used.</summary>
    public static int Current => Thread.GetCurrentProcessorId() & (Count - 1);
}
