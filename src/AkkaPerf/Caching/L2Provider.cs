namespace AkkaPerf.Caching;

/// <summary>The stores that can be a second level.</summary>
public enum L2Provider
{
    /// <summary>No second level.</summary>
    None,
}
