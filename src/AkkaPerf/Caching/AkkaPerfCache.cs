using AkkaPerf.Caching.Distributed;
using AkkaPerf.Caching.Hybrid;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching;

/// <summary>Makes caches that stand alone, without a host; with one, <c>services.AddAkkaPerfCache(…)</c> does.</summary>
public static class AkkaPerfCache
{
    /// <summary>Makes a cache. Whoever made it disposes of it.</summary>
    /// <param name="name">Caches of one name share the entries of one second level.</param>
    /// <param name="build">Says what it is like; null for the defaults.</param>
    /// <param name="services">Where providers of second levels, serializers and loggers are registered; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range; all that are are listed.</exception>
    /// <exception cref="InvalidOperationException">The second level's provider is not registered, or the keys need <c>TextBy</c>.</exception>
    public static AkkaPerfCache<TKey, TValue> Create<TKey, TValue>(
        string name, Action<CacheBuilder<TKey, TValue>>? build = null, IServiceProvider? services = null)
        where TKey : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var builder = new CacheBuilder<TKey, TValue>(name);
        build?.Invoke(builder);
        var options = new CacheOptions();
        builder.Apply(options);
        OptionsCheck.Check(options);
        return Create(builder, options, services);
    }

    /// <summary>Makes a cache that code written for <see cref="HybridCache"/> can use; it can be cast to <see cref="IAsyncDisposable"/>.</summary>
    /// <inheritdoc cref="Create{TKey, TValue}(string, Action{CacheBuilder{TKey, TValue}}?, IServiceProvider?)"/>
    public static HybridCache CreateHybrid(string name, Action<CacheBuilder<string, object>>? build = null, IServiceProvider? services = null) =>
        AsHybrid(Create(name, build, services));

    /// <summary>Makes a cache of options that are valid.</summary>
    internal static AkkaPerfCache<TKey, TValue> Create<TKey, TValue>(CacheBuilder<TKey, TValue> builder, CacheOptions options, IServiceProvider? services)
        where TKey : notnull
    {
        var name = builder.Name;
        var factory = new SecondLevelFactory(services);
        var second = builder.Distributed is { } store
            ? factory.Create(name, store, options.L2, builder.Time, builder.Random)
            : factory.Create(name, options.L2, builder.Time, builder.Random);
        return builder.Build(options, second, factory.Serializers);
    }

    /// <summary>The same cache under another face; disposed of with it.</summary>
    internal static HybridCache AsHybrid(AkkaPerfCache<string, object> cache) => new AkkaPerfHybridCache(cache);
}
