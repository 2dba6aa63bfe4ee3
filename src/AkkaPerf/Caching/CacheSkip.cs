namespace AkkaPerf.Caching;

/// <summary>What a call on a cache leaves out.</summary>
[Flags]
public enum CacheSkip
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The first level is not looked up.</summary>
    LocalRead = 1,

    /// <summary>Nothing is stored in the first level.</summary>
    LocalWrite = 2,

    /// <summary>The second level is not looked up.</summary>
    DistributedRead = 4,

    /// <summary>Nothing is stored in the second level.</summary>
    DistributedWrite = 8,

    /// <summary>Nothing is loaded: what is not known stays unknown.</summary>
    Load = 16,
}
