namespace AkkaPerf.Http.Routing;

/// <summary>Whether the cache takes part.</summary>
public enum HttpCacheMode
{
    /// <summary>As requests and responses say.</summary>
    Auto,

    /// <summary>Not at all.</summary>
    Bypass,

    /// <summary>Successful responses to GET are stored whatever they say of it, but for those that set a cookie.</summary>
    Force,
}
