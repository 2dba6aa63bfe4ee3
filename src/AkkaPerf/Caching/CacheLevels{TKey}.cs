using System.Collections.Concurrent;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Caching.Invalidations;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Exchanges;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching;

/// <summary>The two levels together, and what is invalid in both; what a pipeline's cache and one that stands alone have in common.</summary>
/// <typeparam name="TKey">What entries are known by.</typeparam>
internal sealed class CacheLevels<TKey> : IAsyncDisposable
    where TKey : notnull
{
    // Of the writes that are still to be done at the end.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly SerializerResolver? _serializers;
    private readonly InvalidationSync? _sync;
    private readonly ConcurrentDictionary<Type, object> _serializersByType = new();
    private readonly WriteBehind _behind = new();
    private readonly Rechecks? _rechecks;

    // A sweep walks all entries: one at a time.
    private int _isSweeping;

    public CacheLevels(CacheOptions options, Func<TKey, string> textOf, LevelParts parts, IEqualityComparer<TKey>? comparer = null)
    {
        _time = parts.Time;
        _serializers = parts.Serializers;
        TextOf = textOf;
        Lives = new LifePolicy(options, parts.Time, parts.Random);
        First = new LocalCache<TKey>(options.L1, parts.Time, comparer, parts.Random);
        Second = parts.Second;
        Failed = new FailedKeys<TKey>(options.Life.FailurePause, parts.Time, parts.Random, comparer);
        Table = new InvalidationTable(options.Invalidation.ClockTolerance);
        _rechecks = Second is null || options.Invalidation.Keys == 0 ? null : new Rechecks(parts.Time, RecheckAfter(options));
        _sync = Second is null ? null : new InvalidationSync(Second, Table, options.Invalidation, parts.Time, SweepIfFull);
    }

    public LocalCache<TKey> First { get; }

    /// <summary>Null if there is none.</summary>
    public SecondLevel? Second { get; }

    public InvalidationTable Table { get; }

    public LifePolicy Lives { get; }

    /// <summary>Keys that are not to be loaded for a moment.</summary>
    public FailedKeys<TKey> Failed { get; }

    public LevelCounters Counters { get; } = new();

    public Func<TKey, string> TextOf { get; }

    /// <summary>Writes values of a type in a way of one's own.</summary>
    public void Use<TValue>(IHybridCacheSerializer<TValue> serializer) => _serializersByType[typeof(TValue)] = serializer;

    /// <summary>Writes that were left out because the second level was too far behind.</summary>
    public long WritesDropped => _behind.Dropped;

    /// <summary>Whether the other processes' invalidations are known; true without a second level.</summary>
    public bool IsCurrent => _sync?.IsCurrent ?? true;

    /// <summary>Ends when the last look at the others' invalidations has ended; for tests.</summary>
    internal Task LastPoll => _sync?.LastPoll ?? Task.CompletedTask;

    /// <summary>Finds what the first level knows, fresh or stale, unless it has been invalidated. Any thread.</summary>
    public CacheEntry? Find(TKey key, long now) => First.Find(key, now) is { } entry ? Valid(key, entry) : null;

    /// <summary>The same, at the time that it is now.</summary>
    public CacheEntry? Find(TKey key, out long now) => First.Find(key, out now) is { } entry ? Valid(key, entry) : null;

    /// <summary>Finds by a key's spelling; also null if it has to be looked at once more, by key, whether the entry is still valid.</summary>
    public CacheEntry? Find(ReadOnlySpan<char> key, long now) =>
        First.Find(key, now) is { } entry && entry.CheckedAt == Table.Version ? entry : null;

    /// <summary>The same without counting as use.</summary>
    public CacheEntry? Peek(TKey key, long now) => First.Peek(key, now) is { } entry ? Valid(key, entry) : null;

    /// <summary>Asks the second level; the entry is not in the first one yet. Never fails but for the caller's cancellation.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="options">What the one who asks says of it; the entry's maker may have said otherwise.</param>
    /// <param name="hasFallback">Whether the caller has something stale, and so less patience.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<CacheEntry<TValue>?> ReadSecondAsync<TValue>(
        TKey key, CacheEntryOptions? options, bool hasFallback, CancellationToken cancellationToken) =>
        (await AskSecondAsync<TValue>(key, options, hasFallback, cancellationToken).ConfigureAwait(false)).Entry;

    /// <summary>Makes an entry of what a load brought; false if it is not to be kept, though those who wait get it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="load">When the load began and ended.</param>
    /// <param name="version">The version of the invalidations then.</param>
    /// <param name="verdict">What is special about it.</param>
    /// <param name="entry">The entry.</param>
    public bool TryCreate<TValue>(TValue value, (long Began, long Ended) load, int version, in CachingVerdict verdict, out CacheEntry<TValue> entry)
    {
        var life = Lives.Plan(value is null, load, verdict.Options, verdict.Ttl);
        var tags = verdict.Tags;
        string[]? all = tags.Count == 0 ? null : [.. tags];
        entry = new CacheEntry<TValue>(value, life ?? default, verdict.Bytes, all)
        {
            CheckedAt = version,
            MadeAtUtc = Second is null ? 0 : UtcOf(load.Began).UtcTicks,
            Options = verdict.Options,
            Sliding = Lives.Sliding(verdict.Options),
        };
        return life is not null && verdict.IsKept;
    }

    /// <summary>Stores an entry in both levels unless its load has been overtaken, or what it brings is invalid by now; ends when the second one has it, or will have it when it is back.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="skip">What is left out.</param>
    /// <param name="unless">The load; null if a caller sets it.</param>
    /// <param name="unite">Makes one entry of it and of what the second level has; null, as its result may be: it takes that one's place.</param>
    public Task Store<TValue>(TKey key, CacheEntry<TValue> entry, CacheSkip skip, IOvertakable? unless, Func<TValue, CacheEntry<TValue>?>? unite = null)
    {
        Failed.Remove(key);
        if (unless is null && (skip & CacheSkip.DistributedWrite) == CacheSkip.None)
        {
            Tell(key, new DateTimeOffset(entry.MadeAtUtc, TimeSpan.Zero));
        }

        if (!Table.IsValid(entry, key, TextOf))
        {
            return Task.CompletedTask;
        }

        if ((skip & CacheSkip.LocalWrite) == CacheSkip.None)
        {
            First.Set(key, entry, unless);
        }

        return (skip & CacheSkip.DistributedWrite) == CacheSkip.None ? WriteSecond(key, entry, unless, unite) : Task.CompletedTask;
    }

    /// <summary>Writes an entry to the second level, later; ends when that is done. Without one it does nothing.</summary>
    public Task WriteSecond<TValue>(TKey key, CacheEntry<TValue> entry, IOvertakable? unless, Func<TValue, CacheEntry<TValue>?>? unite = null)
    {
        if (Second is null)
        {
            return Task.CompletedTask;
        }

        var life = WholeLife(entry);
        var text = TextOf(key);
        var serializer = Serializer<TValue>();
        if (unite is not null)
        {
            return _behind.Run(
                text,
                () => unless?.IsOvertaken == true ? default : UniteAsync(key, entry, unless, unite),
                instead: () => Second.RemoveAsync(text, CancellationToken.None));
        }

        // Looked at once more when its turn comes: whoever has changed the key meanwhile stands behind it in the lane.
        // A load's write may be dropped for a removal, which is a miss; what a caller sets is not.
        return _behind.Run(
            text,
            () => unless?.IsOvertaken == true ? default : Second.WriteAsync(text, entry.Value, life, entry.Tags, serializer, CancellationToken.None),
            instead: unless is null ? null : () => Second.RemoveAsync(text, CancellationToken.None));
    }

    /// <summary>Has it looked, some time after an entry was written, whether the second level has lost it to another process's write; then it is written again.</summary>
    /// <param name="key">The key.</param>
    /// <param name="written">Ends when the entry is written.</param>
    /// <param name="restore">What is to be written, of what the first level has and of what the second one has; null for nothing.</param>
    public async Task RecheckAsync<TValue>(TKey key, Task written, Func<TValue, TValue, CacheEntry<TValue>?> restore)
    {
        try
        {
            await written.ConfigureAwait(false);
            _rechecks?.Want(TextOf(key), () => LookAgainAsync(key, restore));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The second level has counted its failure.
        }
    }

    /// <summary>Removes a key from both levels; ends when the second one has been told, or will be when it is back.</summary>
    /// <param name="key">The key.</param>
    /// <param name="overtake">Sees to it that what is on its way to the key is not stored.</param>
    public async ValueTask<bool> RemoveAsync(TKey key, Action<TKey> overtake)
    {
        overtake(key);
        Failed.Remove(key);
        Tell(key, _time.GetUtcNow());
        var isRemoved = First.Remove(key);
        if (Second is not null)
        {
            await RemoveSecond(key).ConfigureAwait(false);

            // Who asked the second level before it was told may have brought the old value back.
            overtake(key);
            First.Remove(key);
        }

        return isRemoved;
    }

    /// <summary>Removes a key from the second level, later, after what is still to be written there.</summary>
    public Task RemoveSecond(TKey key)
    {
        if (Second is null)
        {
            return Task.CompletedTask;
        }

        var text = TextOf(key);
        return _behind.Run(text, () => Second.RemoveAsync(text, CancellationToken.None), instead: null);
    }

    /// <summary>Invalidates many entries: at once here, within the documented time in other processes.</summary>
    public async ValueTask InvalidateAsync(InvalidationKind kind, string name, CancellationToken cancellationToken)
    {
        var invalidation = new Invalidation(kind, name, _time.GetUtcNow());
        Table.Apply(invalidation, isForced: true);
        if (kind == InvalidationKind.All)
        {
            First.Clear();
            Failed.Clear();
        }

        SweepIfFull();
        if (_sync is not null)
        {
            await _sync.PublishAsync(invalidation, cancellationToken).ConfigureAwait(false);
        }
    }

    public CacheStatistics Describe(int inFlight) => new()
    {
        LocalHits = Counters.LocalHits,
        DistributedHits = Counters.DistributedHits,
        LocalMisses = Counters.Misses,
        Joined = Counters.Joined,
        Stale = Counters.Stale,
        Refreshes = Counters.Refreshes,
        Loads = Counters.Loads,
        LoadFailures = Counters.Failures,
        LoadTime = Lives.TimeOf(Counters.LoadTicks),
        Invalidated = Counters.Invalidated,
        EvictedByCapacity = First.EvictedByCapacity,
        EvictedByWeight = First.EvictedByWeight,
        Expired = First.Expired,
        Entries = First.Count,
        Bytes = First.Bytes,
        InFlight = inFlight,
        Distributed = Second is null ? null : SecondLevelStatistics.Of(Second, WritesDropped, IsCurrent),
    };

    /// <summary>Ends when everything that was to be written is written.</summary>
    public Task FlushAsync() => _behind.FlushAsync();

    /// <summary>Keeps the hottest keys for the next start.</summary>
    public ValueTask SaveHotKeysAsync(int count, CancellationToken cancellationToken) => Second is null || count == 0
        ? ValueTask.CompletedTask
        : HotKeys.SaveAsync(Second, [.. First.Hottest(count).Select(hot => TextOf(hot.Key))], cancellationToken);

    /// <summary>Ends what goes on at the second level; what the first one holds can still be found.</summary>
    public async ValueTask CloseAsync()
    {
        _rechecks?.Dispose();
        await _behind.FlushAsync(CloseLimit, _time).ConfigureAwait(false);
        if (_sync is not null)
        {
            await _sync.DisposeAsync().ConfigureAwait(false);
        }

        if (Second is not null)
        {
            await Second.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        First.Dispose();
    }

    // Who had read before has written then, a read and a write having taken their longest; and what others have purged meanwhile is known here.
    private static TimeSpan RecheckAfter(CacheOptions options) => (2 * options.L2.HardTimeout) + (3 * options.Invalidation.Interval);

    // In its key's lane, so that no other write of this process comes in between. One of another process may: see Rechecks.
    private async ValueTask UniteAsync<TValue>(TKey key, CacheEntry<TValue> entry, IOvertakable? unless, Func<TValue, CacheEntry<TValue>?> unite)
    {
        if (await ReadSecondAsync<TValue>(key, options: null, hasFallback: false, CancellationToken.None).ConfigureAwait(false) is { } found
            && unite(found.Value) is { } united
            && Table.IsValid(united, key, TextOf))
        {
            entry = united;
        }

        if (unless?.IsOvertaken != true)
        {
            await Second!.WriteAsync(TextOf(key), entry.Value, WholeLife(entry), entry.Tags, Serializer<TValue>(), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task LookAgainAsync<TValue>(TKey key, Func<TValue, TValue, CacheEntry<TValue>?> restore)
    {
        var isToBeSeen = false;
        try
        {
            await _behind.Run(TextOf(key), async () => isToBeSeen = await RestoreAsync(key, restore).ConfigureAwait(false), instead: null).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The second level has counted its failure.
            return;
        }

        if (isToBeSeen)
        {
            _rechecks!.Want(TextOf(key), () => LookAgainAsync(key, restore));
        }
    }

    // Where nothing is there it was purged, or has ended: that is nobody's loss. True if it is to be looked at again: it was written, or could not be seen.
    private async ValueTask<bool> RestoreAsync<TValue>(TKey key, Func<TValue, TValue, CacheEntry<TValue>?> restore)
    {
        if (Peek(key, _time.GetTimestamp()) is not CacheEntry<TValue> own)
        {
            return false;
        }

        var (found, isKnown) = await AskSecondAsync<TValue>(key, options: null, hasFallback: false, CancellationToken.None).ConfigureAwait(false);
        if (found is null || restore(own.Value, found.Value) is not { } restored || !Table.IsValid(restored, key, TextOf))
        {
            return !isKnown;
        }

        await Second!.WriteAsync(TextOf(key), restored.Value, WholeLife(restored), restored.Tags, Serializer<TValue>(), CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    // Also whether it is known that there is nothing.
    private async ValueTask<(CacheEntry<TValue>? Entry, bool IsKnown)> AskSecondAsync<TValue>(
        TKey key, CacheEntryOptions? options, bool hasFallback, CancellationToken cancellationToken)
    {
        var version = Table.Version;
        var text = TextOf(key);
        var read = await Second!.ReadAsync(text, Serializer<TValue>(), hasFallback, cancellationToken).ConfigureAwait(false);
        if (read.Kind != L2ReadKind.Hit)
        {
            return (null, read.Kind != L2ReadKind.Unavailable);
        }

        if (!await _sync!.LearnAsync(read.Tags, cancellationToken).ConfigureAwait(false))
        {
            // There is something; whether it has been removed cannot be told now.
            return (null, false);
        }

        if (!Table.IsValidAfter(read.Life.MadeAt, text, read.Tags))
        {
            return (null, true);
        }

        // What the entry's maker said comes first, as it does in the first level.
        var own = (read.Life.Own?.Or(options) ?? options)?.Own;
        var utc = _time.GetUtcNow();
        var life = Lives.Rest(
            _time.GetTimestamp() - Lives.Ticks(utc - read.Life.MadeAt), read.Life.FreshUntil - utc, read.Life.ExpiresAt - utc, own);
        var entry = new CacheEntry<TValue>(read.Value!, life, own?.Bytes ?? ValueSize.Of(read.Value), [.. read.Tags])
        {
            CheckedAt = version,
            MadeAtUtc = read.Life.MadeAt.UtcTicks,
            Options = own,
            Sliding = Lives.Sliding(own),
        };
        return (entry, true);
    }

    private L2Life WholeLife<TValue>(CacheEntry<TValue> entry)
    {
        var options = entry.Options as CacheEntryOptions;
        var whole = Lives.Whole(entry.Life, options);
        var madeAt = new DateTimeOffset(entry.MadeAtUtc, TimeSpan.Zero);
        return new L2Life(madeAt, madeAt + Lives.TimeOf(whole.FreshUntil - whole.MadeAt), madeAt + Lives.TimeOf(whole.ExpiresAt - whole.MadeAt))
        {
            Own = options?.Own,
        };
    }

    private DateTimeOffset UtcOf(long timestamp) => _time.GetUtcNow() - Lives.TimeOf(_time.GetTimestamp() - timestamp);

    // What a caller has set or removed the others must not keep; what a load brings they may.
    private void Tell(TKey key, DateTimeOffset at)
    {
        if (_sync is not null)
        {
            _sync.PublishKey(TextOf(key), at);
            SweepIfFull();
        }
    }

    private CacheEntry? Valid(TKey key, CacheEntry entry)
    {
        if (Table.IsValid(entry, key, TextOf))
        {
            return entry;
        }

        Counters.FoundInvalid();
        First.Remove(key, entry);
        return null;
    }

    /// <summary>How values of a type are written; found once, as a resolver may look through the container.</summary>
    public IHybridCacheSerializer<TValue> Serializer<TValue>() => (IHybridCacheSerializer<TValue>)_serializersByType.GetOrAdd(
        typeof(TValue), static (_, resolver) => resolver.Get<TValue>(), _serializers ?? new SerializerResolver(services: null));

    // Once too many marks are kept: what they name is dropped, and then they are not needed any more.
    private void SweepIfFull()
    {
        if (!Table.IsFull || Interlocked.Exchange(ref _isSweeping, 1) != 0)
        {
            return;
        }

        try
        {
            var version = Table.Version;
            First.RemoveWhere((key, entry) => !Table.IsValid(entry, key, TextOf));
            Table.Forget(version);
        }
        finally
        {
            Volatile.Write(ref _isSweeping, 0);
        }
    }
}
