using System.Runtime.InteropServices;

namespace AkkaPerf.Statistics;

/// <summary>Whose turn it is, for any thread: a number that goes on for ever and may overflow. A field, never a copy.</summary>
/// <remarks>Padded to a cache line of its own: every pick writes it, and would take what lies beside it from the other processors.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct Turn(uint start)
{
    [FieldOffset(64)]
    private uint _next = start;

    /// <summary>Whose comes next.</summary>
    public readonly uint Next => Volatile.Read(in _next);

    /// <summary>This one; the next who asks has the next.</summary>
    public uint Take() => Interlocked.Increment(ref _next) - 1;
}
