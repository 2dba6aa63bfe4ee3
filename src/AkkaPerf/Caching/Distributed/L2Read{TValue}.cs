using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Distributed;

/// <summary>What a read brought; the rest says something for a hit only.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct L2Read<TValue>(L2ReadKind Kind, TValue? Value, L2Life Life, string[] Tags)
{
    public static L2Read<TValue> Miss => new(L2ReadKind.Miss, default, default, []);

    public static L2Read<TValue> Unavailable => new(L2ReadKind.Unavailable, default, default, []);
}
