namespace AkkaPerf.Caching;

/// <summary>Estimates what a value weighs.</summary>
internal static class ValueSize
{
    // What is assumed of a value whose size cannot be seen from outside.
    private const long Unknown = 256;

    public static long Of<TValue>(TValue value) => value switch
    {
        null => 0,
        string text => 2L * text.Length,
        byte[] bytes => bytes.Length,
        ReadOnlyMemory<byte> memory => memory.Length,
        _ => Unknown,
    };
}
