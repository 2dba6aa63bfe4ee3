namespace AkkaPerf.Caching;

/// <summary>The second level of the cache, shared or on disk.</summary>
public sealed class L2Options
{
    /// <summary>Which store; default <see cref="L2Provider.None"/>.</summary>
    public L2Provider Provider { get; set; }

    /// <summary>How to reach the store; must be empty while the provider is none.</summary>
    public string Connection { get; set; } = "";
}
