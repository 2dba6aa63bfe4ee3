namespace AkkaPerf.Caching;

/// <summary>How much of what RFC 9111 lets a shared cache store is stored.</summary>
public enum HttpCacheProfile
{
    /// <summary>Nothing that carries Set-Cookie; for those who show who they are (Authorization, Cookie) only what says that it is for everybody; a life is guessed only for what nobody can provoke.</summary>
    Safe,

    /// <summary>All that the RFC allows.</summary>
    Rfc9111,
}
