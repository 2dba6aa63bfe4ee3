namespace AkkaPerf.Http.Caching;

/// <summary>Why a request went on to a backend, in the words of RFC 9211.</summary>
internal enum ForwardReason
{
    /// <summary>Nothing is stored of its URL.</summary>
    UriMiss,

    /// <summary>What is stored of its URL is for other requests.</summary>
    VaryMiss,

    /// <summary>What is stored is stale.</summary>
    Stale,

    /// <summary>The client wanted it so.</summary>
    Request,

    /// <summary>Its method is none that is answered from a cache.</summary>
    Method,

    /// <summary>It is none of the cache's business.</summary>
    Bypass,
}
