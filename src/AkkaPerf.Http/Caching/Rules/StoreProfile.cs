namespace AkkaPerf.Http.Caching.Rules;

/// <summary>How much of what RFC 9111 lets a shared cache store is stored.</summary>
public enum StoreProfile
{
    /// <summary>Nothing that carries Set-Cookie, nothing without explicit freshness but what has a validator and a status that nobody can provoke.</summary>
    Safe,

    /// <summary>All that the RFC allows.</summary>
    Rfc9111,
}
