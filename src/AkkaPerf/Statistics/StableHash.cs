namespace AkkaPerf.Statistics;

/// <summary>Hashes that are the same in every process and on every day, so that processes agree on whose a key is.</summary>
internal static class StableHash
{
    // FNV-1a takes the bytes in, the finisher spreads them: FNV alone leaves the high bits of short keys poor.
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = Offset;
        foreach (var one in text)
        {
            hash = (hash ^ one) * Prime;
        }

        return Mix(hash);
    }

    /// <summary>The same for one of several hashes of a text.</summary>
    public static ulong Of(ReadOnlySpan<char> text, ulong salt) => Mix(Of(text) + (salt * 0x9E3779B97F4A7C15));

    /// <summary>Spreads every bit over all of them; a bijection (Stafford's variant 13 of MurmurHash3's finisher).</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
