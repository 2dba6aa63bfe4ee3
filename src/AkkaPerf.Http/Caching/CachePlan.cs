namespace AkkaPerf.Http.Caching;

/// <summary>What is done with a request.</summary>
internal enum CachePlan
{
    /// <summary>It goes on, and what it brings is not stored.</summary>
    Pass,

    /// <summary>It goes on, and may change what is stored.</summary>
    Unsafe,

    /// <summary>It goes on, and its answer, a head, may say that what is stored is fresh again, or something else.</summary>
    Head,

    /// <summary>It is answered with what is stored.</summary>
    Give,

    /// <summary>It is answered with what is stored, which is refreshed in the background.</summary>
    GiveAndRefresh,

    /// <summary>It is loaded for this one client; what it brings may be stored.</summary>
    Alone,

    /// <summary>It is loaded for all who ask for it now.</summary>
    Load,

    /// <summary>Nothing is stored in the first level that it may have, and the client wants nothing else: the second level is asked.</summary>
    NotStored,
}
