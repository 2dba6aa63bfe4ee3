namespace AkkaPerf.Hosting;

/// <summary>A cache that stands alone, as it is defined in the container.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Check">What is wrong with its options; makes nothing.</param>
internal sealed record CacheDefinition(string Name, Func<IServiceProvider, IEnumerable<ConfigurationFault>> Check);
