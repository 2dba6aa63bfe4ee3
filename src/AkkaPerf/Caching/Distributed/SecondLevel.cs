using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Caching.Distributed;

/// <summary>The second level of a cache over any store; nothing that is wrong with the store ever is an exception here. Any thread.</summary>
/// <remarks>
/// Path of an operation: the journal (a key that waits there is unavailable), the breaker, the timeouts, the store, the envelope. Its
/// serializers run on the caller's thread.
/// </remarks>
internal sealed class SecondLevel : IAsyncDisposable
{
    /// <summary>Bytes of the largest mark. The cache's own, so max-payload does not hold: losing one in silence would answer what was removed.</summary>
    public const int MaxMark = 16 * 1024 * 1024;

    private readonly IDistributedCache _store;
    private readonly L2Options _options;
    private readonly bool _ownsStore;
    private readonly StoreKeys _keys;
    private readonly EntryCodec _codec;
    private readonly EntryCodec _markCodec;
    private readonly SecondLevelParts _parts;
    private readonly Reconciler _reconciler;
    private readonly ChangeWriter _writer;
    private readonly EntryReader _reader;
    private readonly EntryReader _markReader;

    /// <param name="store">Where everything is kept.</param>
    /// <param name="options">Not changed any more.</param>
    /// <param name="keyPrefix">Before every key; processes with the same prefix share their entries.</param>
    /// <param name="time">The wall clock and every timeout.</param>
    /// <param name="random">The breaker's jitter.</param>
    /// <param name="logger">Told of changes.</param>
    /// <param name="ownsStore">Whether disposing this disposes the store.</param>
    public SecondLevel(
        IDistributedCache store, L2Options options, string keyPrefix, TimeProvider time, Random random, ILogger logger, bool ownsStore = false)
    {
        _store = store;
        _options = options;
        _ownsStore = ownsStore;
        _keys = new StoreKeys(keyPrefix);
        _codec = new EntryCodec(options, Counters);
        _markCodec = new EntryCodec(options, Counters, MaxMark);
        var breaker = new Breaker(options.Breaker, random);
        _parts = new SecondLevelParts(
            breaker,
            new ChangeLedger(new Journal(options.Journal, Counters)),
            new StoreCalls(store, options.HardTimeout, breaker, Counters, time) { Opened = OnOpened },
            Counters,
            new SecondLevelLog(logger, keyPrefix),
            time);
        _reconciler = new Reconciler(_parts, _keys.Probe);
        _parts.Ledger.Doubted = () => _reconciler.Arm();
        _writer = new ChangeWriter(_parts, _reconciler);
        _reader = new EntryReader(_parts, _writer, _codec);
        _markReader = new EntryReader(_parts, _writer, _markCodec);
    }

    /// <summary>The breaker's.</summary>
    public L2State State => _parts.Breaker.State;

    public L2Counters Counters { get; } = new();

    /// <summary>Operations that wait for the store to be back.</summary>
    public int Waiting => _parts.Ledger.Waiting;

    /// <summary>Operations that nobody waits for but that the store still has.</summary>
    public int LeftBehind => _parts.Calls.LeftBehind;

    /// <summary>Reads an entry; throws only for the caller's own cancellation.</summary>
    /// <param name="key">Any string.</param>
    /// <param name="serializer">Must not keep the bytes it is given.</param>
    /// <param name="hasFallback">Whether the caller has a stale value: then the soft timeout holds.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<L2Read<TValue>> ReadAsync<TValue>(
        string key, IHybridCacheSerializer<TValue> serializer, bool hasFallback, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Counters.Add(L2Count.Reads);
        var patience = hasFallback ? _options.SoftTimeout : _options.HardTimeout;
        var (read, rejection) = await _reader.ReadAsync(_keys.Entry(key), key, serializer, patience, cancellationToken).ConfigureAwait(false);
        Note(rejection);
        Counters.Add(read.Kind switch { L2ReadKind.Hit => L2Count.Hits, L2ReadKind.Miss => L2Count.Misses, _ => L2Count.Unavailable });
        return read;
    }

    /// <summary>Writes an entry; never throws. One that cannot be stored removes what the store has in its place.</summary>
    /// <param name="key">Any string.</param>
    /// <param name="value">Serialized before this returns its task.</param>
    /// <param name="life">By the wall clock.</param>
    /// <param name="tags">What it can be removed by.</param>
    /// <param name="serializer">Called once.</param>
    /// <param name="cancellationToken">Ends the waiting; the write goes on.</param>
    public ValueTask WriteAsync<TValue>(
        string key, TValue value, in L2Life life, IReadOnlyList<string> tags, IHybridCacheSerializer<TValue> serializer, CancellationToken cancellationToken)
    {
        Counters.Add(L2Count.Writes);
        var buffer = _codec.CreateBuffer();
        var envelope = Sealed(buffer, _codec.Encode(buffer, key, value, life, tags, serializer));
        return Forget(_writer.ChangeAsync(_keys.Entry(key), envelope, life.ExpiresAt, cancellationToken));
    }

    /// <summary>Removes an entry; never throws.</summary>
    /// <param name="key">Any string.</param>
    /// <param name="cancellationToken">Ends the waiting; the removal goes on.</param>
    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken)
    {
        Counters.Add(L2Count.Removes);
        return Forget(_writer.ChangeAsync(_keys.Entry(key), envelope: null, default, cancellationToken));
    }

    /// <summary>Reads a mark; throws only for the caller's own cancellation. A damaged one is unavailable: what it said is not known.</summary>
    public async ValueTask<L2Mark> ReadMarkAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (read, rejection) = await _markReader.ReadAsync(_keys.Mark(name), name, MarkSerializer.Instance, _options.HardTimeout, cancellationToken)
            .ConfigureAwait(false);
        Note(rejection);
        return read.Kind switch
        {
            L2ReadKind.Hit => new L2Mark(L2MarkKind.Found, read.Value.Bytes),
            L2ReadKind.Miss when rejection is L2Rejection.None or L2Rejection.Expired => L2Mark.Missing,
            _ => L2Mark.Unavailable,
        };
    }

    /// <summary>Writes a mark; never throws. False if it could only be journaled, or not even that, or is larger than <see cref="MaxMark"/>.</summary>
    public ValueTask<bool> WriteMarkAsync(string name, ReadOnlyMemory<byte> value, TimeSpan life, CancellationToken cancellationToken)
    {
        Counters.Add(L2Count.Writes);
        var now = _parts.Time.GetUtcNow();
        var expiresAt = life < DateTimeOffset.MaxValue - now ? now + life : DateTimeOffset.MaxValue;
        var buffer = _markCodec.CreateBuffer();
        var envelope = Sealed(
            buffer, _markCodec.Encode(buffer, name, new MarkValue(value), new L2Life(now, expiresAt, expiresAt), [], MarkSerializer.Instance));
        return envelope is null ? new(false) : _writer.ChangeAsync(_keys.Mark(name), envelope, expiresAt, cancellationToken);
    }

    /// <summary>Tries once more to bring the store what waits for it, and lets go of it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reconciler.StopAsync(_options.HardTimeout).ConfigureAwait(false);
        if (_ownsStore)
        {
            await DisposeStoreAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask Forget(ValueTask<bool> change) => await change.ConfigureAwait(false);

    // Null, and the buffer given back, if there is nothing to be stored.
    private PooledBuffer? Sealed(PooledBuffer buffer, L2Rejection rejection)
    {
        if (rejection == L2Rejection.None)
        {
            return buffer;
        }

        Note(rejection);
        buffer.Dispose();
        return null;
    }

    private void Note(L2Rejection rejection)
    {
        // That something is over is counted, but it is no news.
        if (rejection != L2Rejection.None && Counters.AddRejected(rejection) && rejection != L2Rejection.Expired)
        {
            _parts.Log.Rejected(rejection);
        }
    }

    private void OnOpened(Exception exception)
    {
        Counters.Add(L2Count.Openings);
        _parts.Log.Opened(exception);
        _reconciler.Arm(isNewPause: true);
    }

    private async ValueTask DisposeStoreAsync()
    {
        try
        {
            if (_store is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                (_store as IDisposable)?.Dispose();
            }
        }
        catch (Exception)
        {
            // It may be down, and everything that it could have had is with it.
        }
    }
}
