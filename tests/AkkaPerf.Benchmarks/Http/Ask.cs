namespace AkkaPerf.Benchmarks.Http;

/// <summary>What a scenario asks of every proxy, and what must come of it.</summary>
/// <param name="Path">Of the origin's.</param>
/// <param name="Length">Of the body, when no coding is left.</param>
internal sealed record Ask(string Path, int Length)
{
    /// <summary>Whether the answer must come from the proxy's cache, not from the origin.</summary>
    public bool IsHit { get; init; }

    /// <summary>Whether over HTTP/2 without TLS.</summary>
    public bool IsHttp2 { get; init; }

    /// <summary>Whether the body is to come compressed.</summary>
    public bool IsGzip { get; init; }

    /// <summary>What is warmed up alike: the size of a body leads through the same code.</summary>
    public (bool IsHit, bool IsHttp2, bool IsGzip) Kind => (IsHit, IsHttp2, IsGzip);

    /// <summary>The same for people.</summary>
    public string KindName => $"{(IsHit ? "hits" : "pass-through")}{(IsHttp2 ? ", HTTP/2" : "")}{(IsGzip ? ", gzip" : "")}";
}
