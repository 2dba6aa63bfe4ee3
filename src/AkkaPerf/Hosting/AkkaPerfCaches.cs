using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Hosting;

/// <summary>Puts caches that stand alone into an application's container.</summary>
/// <remarks>
/// Their options are those of their code, overridden by <c>akkaperf.pipeline.cache</c> and <c>akkaperf.caches.NAME</c> of the actor
/// system's HOCON, or of a registered <see cref="ConfigurationStack"/>, and by the environment. A host with faults in them does not start;
/// without one they come out on first use, as an <see cref="InvalidConfigurationException"/>.
/// </remarks>
public static class AkkaPerfCaches
{
    /// <summary>Lets an <see cref="AkkaPerfCache{TKey,TValue}"/> be injected, by type or keyed by name; made on first use, disposed of with the container.</summary>
    /// <param name="services">The container.</param>
    /// <param name="name">Caches of one name share the entries of one second level; the key below <c>akkaperf.caches</c>.</param>
    /// <param name="build">Says what it is like; null for the defaults. Time is the container's <see cref="TimeProvider"/> unless this says otherwise.</param>
    public static IServiceCollection AddAkkaPerfCache<TKey, TValue>(
        this IServiceCollection services, string name, Action<CacheBuilder<TKey, TValue>>? build = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Define(services, name, provider => Prepare(provider, name, build, complete: null).Faults);
        services.AddKeyedSingleton(name, (provider, _) => Create(provider, name, build, complete: null));
        services.AddSingleton(provider => provider.GetRequiredKeyedService<AkkaPerfCache<TKey, TValue>>(name));
        return services;
    }

    /// <summary>
    /// Makes an AkkaPerf cache the application's <see cref="HybridCache"/>, in place of any other. Its second level is the one that the
    /// options name, else the application's <see cref="IDistributedCache"/> unless that is one in memory.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Sets the cache's options; null for the defaults.</param>
    /// <param name="name">Caches of one name share the entries of one second level; the key below <c>akkaperf.caches</c>.</param>
    public static IServiceCollection AddAkkaPerfHybridCache(
        this IServiceCollection services, Action<CacheOptions>? configure = null, string name = "hybrid")
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Define(services, name, provider => Prepare<string, object>(provider, name, Build, UseApplicationsStore).Faults);
        services.AddSingleton(provider => AkkaPerfCache.AsHybrid(Create<string, object>(provider, name, Build, UseApplicationsStore)));
        return services;

        void Build(CacheBuilder<string, object> builder) => builder.Configure(configure ?? (static _ => { })).CompareBy(StringComparer.Ordinal);
    }

    private static void Define(IServiceCollection services, string name, Func<IServiceProvider, IEnumerable<ConfigurationFault>> check)
    {
        services.TryAddSingleton<CacheSettings>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CacheCheck>());
        services.AddSingleton(new CacheDefinition(name, check));
    }

    private static AkkaPerfCache<TKey, TValue> Create<TKey, TValue>(
        IServiceProvider provider, string name, Action<CacheBuilder<TKey, TValue>>? build, Action<IServiceProvider, CacheBuilder<TKey, TValue>, CacheOptions>? complete)
        where TKey : notnull
    {
        var (builder, options, faults) = Prepare(provider, name, build, complete);
        InvalidConfigurationException.ThrowIfAny(faults);
        return AkkaPerfCache.Create(builder, options!, provider);
    }

    // Options only if they have no faults of their own.
    private static (CacheBuilder<TKey, TValue> Builder, CacheOptions? Options, IReadOnlyList<ConfigurationFault> Faults) Prepare<TKey, TValue>(
        IServiceProvider provider, string name, Action<CacheBuilder<TKey, TValue>>? build, Action<IServiceProvider, CacheBuilder<TKey, TValue>, CacheOptions>? complete)
        where TKey : notnull
    {
        var builder = new CacheBuilder<TKey, TValue>(name);
        if (provider.GetService<TimeProvider>() is { } time)
        {
            builder.UseTime(time);
        }

        build?.Invoke(builder);
        var stack = provider.GetRequiredService<CacheSettings>().Read();
        var bound = CacheConfiguration.Bind(stack, name, builder.Apply);
        var undefined = PipelineConfiguration.Caches.Undefined(stack, [.. provider.GetServices<CacheDefinition>().Select(definition => definition.Name)]);
        if (bound.Faults.Count > 0)
        {
            return (builder, null, [.. bound.Faults.Concat(undefined).Distinct()]);
        }

        complete?.Invoke(provider, builder, bound.Value);
        var missing = CacheConfiguration.Missing(bound, name, SecondLevelAgreement.Needs(bound.Value, builder.Distributed is not null, provider.GetServices<ISecondLevelProvider>()))
            .Concat(CacheConfiguration.Missing(bound, name, builder.Needs(bound.Value)));
        return (builder, bound.Value, [.. undefined.Concat(missing).Distinct()]);
    }

    private static void UseApplicationsStore(IServiceProvider provider, CacheBuilder<string, object> builder, CacheOptions options)
    {
        if (options.L2.Provider == L2Provider.None && provider.GetService<IDistributedCache>() is { } store and not MemoryDistributedCache)
        {
            builder.UseDistributed(store);
        }
    }
}
