using AkkaPerf.Caching;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Hosting;

/// <summary>Puts caches that stand alone into an application's container.</summary>
public static class AkkaPerfCaches
{
    /// <summary>Lets an <see cref="AkkaPerfCache{TKey,TValue}"/> be injected, by type or keyed by name; made on first use, disposed of with the container.</summary>
    /// <param name="services">The container.</param>
    /// <param name="name">Caches of one name share the entries of one second level.</param>
    /// <param name="build">Says what it is like; null for the defaults. Time is the container's <see cref="TimeProvider"/> unless this says otherwise.</param>
    public static IServiceCollection AddAkkaPerfCache<TKey, TValue>(
        this IServiceCollection services, string name, Action<CacheBuilder<TKey, TValue>>? build = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddKeyedSingleton(name, (provider, _) => AkkaPerfCache.Create<TKey, TValue>(
            name,
            builder =>
            {
                UseTime(builder, provider);
                build?.Invoke(builder);
            },
            provider));
        services.AddSingleton(provider => provider.GetRequiredKeyedService<AkkaPerfCache<TKey, TValue>>(name));
        return services;
    }

    /// <summary>
    /// Makes an AkkaPerf cache the application's <see cref="HybridCache"/>, in place of any other. Its second level is the one that the
    /// options name, else the application's <see cref="IDistributedCache"/> unless that is one in memory.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Sets the cache's options; null for the defaults.</param>
    /// <param name="name">Caches of one name share the entries of one second level.</param>
    public static IServiceCollection AddAkkaPerfHybridCache(
        this IServiceCollection services, Action<CacheOptions>? configure = null, string name = "hybrid")
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddSingleton(provider => AkkaPerfCache.CreateHybrid(name, builder => Build(builder, provider, configure), provider));
        return services;
    }

    private static void Build(CacheBuilder<string, object> builder, IServiceProvider provider, Action<CacheOptions>? configure)
    {
        var options = new CacheOptions();
        configure?.Invoke(options);
        builder.Configure(configure ?? (static _ => { })).CompareBy(StringComparer.Ordinal);
        UseTime(builder, provider);
        if (options.L2.Provider == L2Provider.None && provider.GetService<IDistributedCache>() is { } store and not MemoryDistributedCache)
        {
            builder.UseDistributed(store);
        }
    }

    private static void UseTime<TKey, TValue>(CacheBuilder<TKey, TValue> builder, IServiceProvider provider)
        where TKey : notnull
    {
        if (provider.GetService<TimeProvider>() is { } time)
        {
            builder.UseTime(time);
        }
    }
}
