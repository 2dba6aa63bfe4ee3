namespace AkkaPerf.Hosting;

/// <summary>The ranks of the sources; a higher one wins.</summary>
internal enum ConfigurationTier
{
    /// <summary>The library's own defaults.</summary>
    Reference,

    /// <summary>What the pipeline's definition sets.</summary>
    Code,

    /// <summary>The user's HOCON.</summary>
    User,

    /// <summary>The environment's variables.</summary>
    Environment,
}
