using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Distributed;

/// <summary>A small value that processes share, as it was read.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct L2Mark(L2MarkKind Kind, ReadOnlyMemory<byte> Value)
{
    public static L2Mark Missing => new(L2MarkKind.Missing, default);

    public static L2Mark Unavailable => default;
}
