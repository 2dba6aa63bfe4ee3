using System.Globalization;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>What is asked for, over what, and where it breaks; -1: nowhere.</summary>
/// <param name="Kind">What is asked for.</param>
/// <param name="IsHttp2">Whether the client speaks HTTP/2.</param>
/// <param name="IsHttp2Backend">Whether the backend does.</param>
/// <param name="Seed">What its bytes come of.</param>
/// <param name="Size">How many there are.</param>
/// <param name="AbortAt">After so many bytes the client leaves.</param>
/// <param name="ResetAt">After so many bytes the backend resets.</param>
internal sealed record AbortPlan(AbortKind Kind, bool IsHttp2, bool IsHttp2Backend, int Seed, int Size, int AbortAt, int ResetAt)
{
    private const int MaxSize = 300_000;

    public bool IsBroken => AbortAt >= 0 || ResetAt >= 0;

    public static AbortPlan Of(Random random)
    {
        var kind = (AbortKind)random.Next(5);
        var (isHttp2, isHttp2Backend) = kind switch
        {
            AbortKind.Grpc => (true, true),
            _ => (random.Next(2) == 0, random.Next(2) == 0),
        };
        var size = random.Next(3) == 0 ? random.Next(100) : random.Next(MaxSize);
        var fate = size == 0 ? 2 : random.Next(4);
        return new AbortPlan(kind, isHttp2, isHttp2Backend, random.Next(), size, fate == 0 ? random.Next(size) : -1, fate == 1 ? random.Next(size) : -1);
    }

    public static AbortPlan Parse(string text)
    {
        var parts = text.Split('_').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return new AbortPlan((AbortKind)parts[0], parts[1] == 1, parts[2] == 1, parts[3], parts[4], parts[5], parts[6]);
    }

    /// <summary>Its bytes, made anew each time.</summary>
    public byte[] Bytes()
    {
        var bytes = new byte[Size];
        new Random(Seed).NextBytes(bytes);
        return bytes;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(int)Kind}_{(IsHttp2 ? 1 : 0)}_{(IsHttp2Backend ? 1 : 0)}_{Seed}_{Size}_{AbortAt}_{ResetAt}");
}
