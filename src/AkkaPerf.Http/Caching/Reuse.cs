namespace AkkaPerf.Http.Caching;

/// <summary>What may be done with a stored response (RFC 9111, section 4; RFC 5861).</summary>
internal enum Reuse
{
    /// <summary>It is given as it is.</summary>
    Give,

    /// <summary>It is given, and refreshed in the background.</summary>
    GiveAndRefresh,

    /// <summary>The backend is asked first.</summary>
    Ask,
}

