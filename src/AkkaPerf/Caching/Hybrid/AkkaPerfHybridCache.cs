using System.Runtime.CompilerServices;
using AkkaPerf.Caching.Invalidations;
using AkkaPerf.Caching.Loads;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching.Hybrid;

/// <summary>The cache under the name that many know: code written for <see cref="HybridCache"/> gains single flight, stale answers and tags across processes.</summary>
/// <remarks>As there, values of types that may be changed are given to each caller as a copy of its own; <see cref="ValueIsolation"/> says which.</remarks>
internal sealed class AkkaPerfHybridCache : HybridCache, IAsyncDisposable
{
    private const string Everything = "*";

    private readonly AkkaPerfCache<string, object> _cache;
    private readonly CacheEngine<string> _engine;

    // Options are made once and used for ever: so are what we make of them.
    private readonly ConditionalWeakTable<HybridCacheEntryOptions, CacheEntryOptions> _options = [];

    /// <param name="cache">Disposed of with this.</param>
    public AkkaPerfHybridCache(AkkaPerfCache<string, object> cache)
    {
        _cache = cache;
        _engine = cache.Engine;
    }

    public CacheEngine<string> Engine => _engine;

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(factory);
        var load = new StateLoad<TState, T>(state, factory);
        if (!ValueIsolation.IsNeeded<T>())
        {
            return _engine.GetAsync<T, StateLoad<TState, T>, T, ValuePick<T>>(key, load, OptionsOf(options), TagsOf(tags), cancellationToken);
        }

        return AwaitAsync(_engine.GetAsync<T, StateLoad<TState, T>, CacheAnswer<T>, AnswerPick<T>>(key, load, OptionsOf(options), TagsOf(tags), cancellationToken));
    }

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        ReadOnlySpan<char> key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default) =>
        (options?.Flags is not { } flags || !flags.HasFlag(HybridCacheEntryFlags.DisableLocalCacheRead)) && _engine.TryGetFresh<T>(key) is { } entry
            ? new ValueTask<T>(ValueOf(new CacheAnswer<T>(entry, CacheLevel.Local)))
            : GetOrCreateAsync(key.ToString(), state, factory, options, tags, cancellationToken);

    public override ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);

        // The caller may go on changing what it has set.
        var kept = ValueIsolation.IsNeeded<T>() ? ValueIsolation.Copy(value, _engine.Levels.Serializer<T>()) : value;
        return _engine.SetAsync(key, kept, OptionsOf(options), TagsOf(tags));
    }

    public override async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        await _engine.RemoveAsync(key).ConfigureAwait(false);
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return tag == Everything
            ? _engine.InvalidateAsync(InvalidationKind.All, "", cancellationToken)
            : _engine.InvalidateAsync(InvalidationKind.Tag, tag, cancellationToken);
    }

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    private static IReadOnlyList<string>? TagsOf(IEnumerable<string>? tags) => tags is null ? null : tags as IReadOnlyList<string> ?? [.. tags];

    private CacheEntryOptions? OptionsOf(HybridCacheEntryOptions? options) =>
        options is null ? null : _options.GetValue(options, static known => new CacheEntryOptions
        {
            Ttl = known.Expiration,
            LocalTtl = known.LocalCacheExpiration,
            Skip = SkipOf(known.Flags ?? HybridCacheEntryFlags.None),
        });

    private static CacheSkip SkipOf(HybridCacheEntryFlags flags)
    {
        return Map(HybridCacheEntryFlags.DisableLocalCacheRead, CacheSkip.LocalRead)
            | Map(HybridCacheEntryFlags.DisableLocalCacheWrite, CacheSkip.LocalWrite)
            | Map(HybridCacheEntryFlags.DisableDistributedCacheRead, CacheSkip.DistributedRead)
            | Map(HybridCacheEntryFlags.DisableDistributedCacheWrite, CacheSkip.DistributedWrite)
            | Map(HybridCacheEntryFlags.DisableUnderlyingData, CacheSkip.Load);

        CacheSkip Map(HybridCacheEntryFlags flag, CacheSkip skip) => flags.HasFlag(flag) ? skip : CacheSkip.None;
    }

    private async ValueTask<T> AwaitAsync<T>(ValueTask<CacheAnswer<T>> answer) => ValueOf(await answer.ConfigureAwait(false));

    private T ValueOf<T>(in CacheAnswer<T> answer)
    {
        if (answer.Entry is not { } entry)
        {
            return default!;
        }

        return ValueIsolation.IsNeeded<T>() ? ValueIsolation.CopyOf(entry, _engine.Levels.Serializer<T>()) : entry.Value;
    }
}
