namespace AkkaPerf.Http.Caching;

/// <summary>A level of the cache.</summary>
internal enum StoreLevel
{
    /// <summary>In this process.</summary>
    First,

    /// <summary>The one that processes share.</summary>
    Second,
}
