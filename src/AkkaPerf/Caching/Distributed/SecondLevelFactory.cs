using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Makes the second levels that options ask for.</summary>
internal sealed class SecondLevelFactory
{
    private readonly IReadOnlyList<ISecondLevelProvider> _providers;
    private readonly ILoggerFactory _loggers;

    /// <param name="services">Where the providers of packages and of the user's code are registered, and the loggers.</param>
    public SecondLevelFactory(IServiceProvider? services)
        : this([.. services?.GetServices<ISecondLevelProvider>() ?? []], services?.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance)
    {
        Serializers = new SerializerResolver(services);
    }

    public SecondLevelFactory(IReadOnlyList<ISecondLevelProvider> providers, ILoggerFactory loggers)
    {
        _providers = providers;
        _loggers = loggers;
    }

    public SerializerResolver Serializers { get; } = new(services: null);

    /// <summary>What is missing for a provider; null if nothing is.</summary>
    public static string? FindMissing(L2Provider provider, IEnumerable<ISecondLevelProvider> registered)
    {
        if (provider is L2Provider.None or L2Provider.Memory || registered.Any(candidate => candidate.Provider == provider))
        {
            return null;
        }

        return provider switch
        {
            L2Provider.Redis => "needs the package AkkaPerf.Redis: call services.AddAkkaPerfRedis()",
            L2Provider.Sqlite => "needs the package AkkaPerf.Sqlite: call services.AddAkkaPerfSqlite()",
            _ => "needs a store given in code: call services.AddAkkaPerfSecondLevel(…)",
        };
    }

    /// <summary>Makes a cache's second level; null if the provider is none.</summary>
    /// <param name="name">The pipeline's, or the cache's: those of one name share their entries.</param>
    /// <param name="options">Valid ones.</param>
    /// <param name="time">The cache's clock.</param>
    /// <param name="random">The cache's chance.</param>
    /// <exception cref="InvalidOperationException">The provider is not registered, or cannot make a store of the connection.</exception>
    public SecondLevel? Create(string name, L2Options options, TimeProvider time, Random random)
    {
        if (options.Provider == L2Provider.None)
        {
            return null;
        }

        var logger = _loggers.CreateLogger("AkkaPerf.Caching." + name);
        if (options.Provider == L2Provider.Memory)
        {
            return new SecondLevel(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())), options, Prefix(name), time, random, logger);
        }

        if (FindMissing(options.Provider, _providers) is { } missing)
        {
            throw new InvalidOperationException($"cache.l2.provider = {Key(options.Provider)} of '{name}' {missing}.");
        }

        // Neither the connection nor what its parser says of it: there may be a password in it.
        var provider = _providers.Last(candidate => candidate.Provider == options.Provider);
        var store = TryCreateStore(provider, options)
            ?? throw new InvalidOperationException($"cache.l2.connection of '{name}' is none that the provider {Key(options.Provider)} understands.");
        return new SecondLevel(store, options, Prefix(name), time, random, logger, ownsStore: !provider.IsShared);
    }

    /// <summary>Makes the second level over a store that code gives, and that stays the user's.</summary>
    public SecondLevel Create(string name, IDistributedCache store, L2Options options, TimeProvider time, Random random) =>
        new(store, options, Prefix(name), time, random, _loggers.CreateLogger("AkkaPerf.Caching." + name));

    private static string Prefix(string name) => $"akkaperf:{name}:";

    private static string Key(L2Provider provider) => provider.ToString().ToLowerInvariant();

    private static IDistributedCache? TryCreateStore(ISecondLevelProvider provider, L2Options options)
    {
        try
        {
            return provider.Create(options);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
