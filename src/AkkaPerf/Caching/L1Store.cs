namespace AkkaPerf.Caching;

/// <summary>What the first level keeps its entries in; who stays and who leaves is the same either way.</summary>
public enum L1Store
{
    /// <summary>A private <see cref="Microsoft.Extensions.Caching.Memory.MemoryCache"/>.</summary>
    MemoryCache,

    /// <summary>A table of the library's own: less memory and faster look-ups.</summary>
    Native,
}
