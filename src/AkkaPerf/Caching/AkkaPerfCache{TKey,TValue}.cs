using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Caching.Invalidations;
using AkkaPerf.Caching.Loads;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching;

/// <summary>A cache of two levels with single flight, stale answers, tags and warming, for use without a pipeline. Any thread, all members.</summary>
/// <typeparam name="TKey">What values are known by: compared by its equality.</typeparam>
/// <typeparam name="TValue">What is kept. Callers share the first level's instance: it must not be changed.</typeparam>
public sealed class AkkaPerfCache<TKey, TValue> : IAsyncDisposable
    where TKey : notnull
{
    private static readonly CacheEntryOptions ReadOnly = new() { Skip = CacheSkip.Load };

    private readonly CacheEngine<TKey> _engine;
    private readonly TimeProvider _time;
    private readonly CacheOptions _options;
    private readonly RefreshAhead<TKey>? _ahead;
    private readonly CancellationTokenSource _end = new();
    private int _isDisposed;

    internal AkkaPerfCache(CacheEngine<TKey> engine, TimeProvider time, CacheOptions options, Func<TKey, CancellationToken, ValueTask<TValue>>? load)
    {
        _engine = engine;
        _time = time;
        _options = options;
        _ahead = load is null || options.Refresh.Ahead == 0 ? null : new RefreshAhead<TKey>(
            engine.Levels, options.Refresh.Ahead, time, (key, entry) => engine.Refresh(new Ask<TKey, TValue>(key, (CacheEntryOptions?)entry.Options, entry.Tags, (CacheEntry<TValue>)entry), new KeyLoad<TKey, TValue>(key, load)));
    }

    /// <summary>What the cache has done and holds.</summary>
    public CacheStatistics Statistics => _engine.Describe();

    internal CacheEngine<TKey> Engine => _engine;

    /// <summary>Ends when what was hot at the last end is warm; for tests.</summary>
    internal Task Warmed { get; private set; } = Task.CompletedTask;

    /// <summary>Finds a fresh value in the first level; allocates nothing.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => _engine.TryGet(key, out value);

    /// <summary>Finds what the levels know, fresh or allowed to be stale; loads nothing.</summary>
    /// <exception cref="OperationCanceledException">The wait for the second level was cancelled.</exception>
    public async ValueTask<CacheResult<TValue>> GetAsync(TKey key, CancellationToken cancellationToken = default)
    {
        var answer = await _engine.GetAsync<TValue, NoLoad<TValue>, CacheAnswer<TValue>, AnswerPick<TValue>>(
            key, default, ReadOnly, tags: null, cancellationToken).ConfigureAwait(false);
        return answer.Entry is not { } entry
            ? default
            : new CacheResult<TValue>(
                entry.Value,
                answer.Level,
                _time.GetTimestamp() >= entry.Life.FreshUntil,
                _time.GetElapsedTime(entry.Life.MadeAt));
    }

    /// <summary>Gets a value; loads it if need be, once for all who ask meanwhile.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="load">Loads it; its token is cancelled when nobody waits any more.</param>
    /// <param name="options">What is special about it.</param>
    /// <param name="tags">What it can be removed by, together with others.</param>
    /// <param name="cancellationToken">Ends this caller's wait only.</param>
    /// <exception cref="RequestRejectedException">More wait for loads than <c>max-joiners</c> allows.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public ValueTask<TValue> GetOrAddAsync(
        TKey key,
        Func<TKey, CancellationToken, ValueTask<TValue>> load,
        CacheEntryOptions? options = null,
        IReadOnlyList<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(load);
        return _engine.GetAsync<TValue, KeyLoad<TKey, TValue>, TValue, ValuePick<TValue>>(key, new(key, load), options, tags, cancellationToken);
    }

    /// <summary>Gets a value; loads it if need be, by a load that sees what was there before and may decide about the entry.</summary>
    /// <inheritdoc cref="GetOrAddAsync(TKey, Func{TKey, CancellationToken, ValueTask{TValue}}, CacheEntryOptions?, IReadOnlyList{string}?, CancellationToken)"/>
    public ValueTask<TValue> GetOrAddAsync<TState>(
        TKey key,
        TState state,
        Func<TState, LoadContext<TValue>, CancellationToken, ValueTask<TValue>> load,
        CacheEntryOptions? options = null,
        IReadOnlyList<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(load);
        return _engine.GetAsync<TValue, ContextLoad<TState, TValue>, TValue, ValuePick<TValue>>(key, new(state, load), options, tags, cancellationToken);
    }

    /// <summary>Stores a value in both levels; ends when the second one has it, or will have it when it is back.</summary>
    public ValueTask SetAsync(TKey key, TValue value, CacheEntryOptions? options = null, IReadOnlyList<string>? tags = null) =>
        _engine.SetAsync(key, value, options, tags);

    /// <summary>Removes a key from both levels; false if the first one did not have it. A load in flight stores nothing any more.</summary>
    public ValueTask<bool> RemoveAsync(TKey key) => _engine.RemoveAsync(key);

    /// <summary>Removes all entries with a tag: at once here, within twice <c>invalidation.interval</c> in processes that share the second level.</summary>
    public ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return _engine.InvalidateAsync(InvalidationKind.Tag, tag, cancellationToken);
    }

    /// <summary>Removes all entries whose key's text begins so; elsewhere as <see cref="RemoveByTagAsync"/>.</summary>
    public ValueTask RemoveByPrefixAsync(string prefix, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return _engine.InvalidateAsync(InvalidationKind.Prefix, prefix, cancellationToken);
    }

    /// <summary>Removes all entries of this cache; elsewhere as <see cref="RemoveByTagAsync"/>.</summary>
    public ValueTask ClearAsync(CancellationToken cancellationToken = default) => _engine.InvalidateAsync(InvalidationKind.All, "", cancellationToken);

    /// <summary>Loads a key whatever is known, and replaces its value once that has succeeded.</summary>
    /// <inheritdoc cref="GetOrAddAsync(TKey, Func{TKey, CancellationToken, ValueTask{TValue}}, CacheEntryOptions?, IReadOnlyList{string}?, CancellationToken)"/>
    public ValueTask<TValue> PreloadAsync(
        TKey key,
        Func<TKey, CancellationToken, ValueTask<TValue>> load,
        CacheEntryOptions? options = null,
        IReadOnlyList<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(load);
        return _engine.ReplaceAsync<TValue, KeyLoad<TKey, TValue>>(key, new(key, load), options, tags, cancellationToken);
    }

    /// <summary>Loads what is missing of these keys, as <c>warming</c> limits it; what fails is reported and does not stop the rest.</summary>
    /// <param name="keys">The keys; read as fast as they are loaded.</param>
    /// <param name="load">Loads one.</param>
    /// <param name="progress">Told after every key, on the thread that loaded it.</param>
    /// <param name="cancellationToken">Ends the warming; what is warm stays.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<WarmingReport<TKey>> WarmAsync(
        IAsyncEnumerable<TKey> keys,
        Func<TKey, CancellationToken, ValueTask<TValue>> load,
        IProgress<WarmingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(load);
        return new Warmer<TKey>(_options.Warming, _time, _engine.IsFresh, (key, token) => LoadAsync(key, load, token), progress).RunAsync(keys, cancellationToken);
    }

    /// <inheritdoc cref="WarmAsync(IAsyncEnumerable{TKey}, Func{TKey, CancellationToken, ValueTask{TValue}}, IProgress{WarmingProgress}?, CancellationToken)"/>
    public Task<WarmingReport<TKey>> WarmAsync(
        IEnumerable<TKey> keys,
        Func<TKey, CancellationToken, ValueTask<TValue>> load,
        IProgress<WarmingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return WarmAsync(keys.ToAsyncEnumerable(), load, progress, cancellationToken);
    }

    /// <summary>The keys that are asked for most, the hottest first, and how often they were found since they came.</summary>
    public IReadOnlyList<KeyHits<TKey>> Hottest(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return _engine.Levels.First.Hottest(count);
    }

    /// <summary>Ends loads in flight, writes what is still to be written, lets the levels go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _ahead?.Dispose();
        await _end.CancelAsync().ConfigureAwait(false);
        try
        {
            await _engine.Levels.SaveHotKeysAsync(_options.Warming.HotKeys, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            // Writing keys as text is the user's code.
            await _engine.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Warms in the background what was hot at the last end: from the second level, else from the source.</summary>
    internal void WarmHotKeys(Func<string, TKey> keyOf, Func<TKey, CancellationToken, ValueTask<TValue>> load)
    {
        if (_engine.Levels.Second is { } second)
        {
            Warmed = Task.Run(() => WarmHotKeysAsync(second, keyOf, load));
        }
    }

    private async Task WarmHotKeysAsync(SecondLevel second, Func<string, TKey> keyOf, Func<TKey, CancellationToken, ValueTask<TValue>> load)
    {
        try
        {
            var texts = await HotKeys.ReadAsync(second, _end.Token).ConfigureAwait(false);
            await WarmAsync(Readable(texts.Take(_options.Warming.HotKeys), keyOf), load, progress: null, _end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The cache ends before it is warm.
        }
    }

    // A text that an older version of the user's code wrote, say, is left out.
    private static IEnumerable<TKey> Readable(IEnumerable<string> texts, Func<string, TKey> keyOf)
    {
        foreach (var text in texts)
        {
            TKey key;
            try
            {
                key = keyOf(text);
            }
            catch (Exception)
            {
                continue;
            }

            yield return key;
        }
    }

    private async ValueTask<Exception?> LoadAsync(TKey key, Func<TKey, CancellationToken, ValueTask<TValue>> load, CancellationToken cancellationToken)
    {
        try
        {
            await GetOrAddAsync(key, load, cancellationToken: cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}
