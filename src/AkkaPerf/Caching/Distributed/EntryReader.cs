using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Reads envelopes from the store, and deletes those that nobody can use.</summary>
internal sealed class EntryReader
{
    private readonly SecondLevelParts _parts;
    private readonly ChangeWriter _changes;
    private readonly EntryCodec _codec;

    public EntryReader(SecondLevelParts parts, ChangeWriter changes, EntryCodec codec)
    {
        _parts = parts;
        _changes = changes;
        _codec = codec;
    }

    /// <summary>Reads what was stored for a key, and says why it is a miss if the store had something.</summary>
    /// <param name="storeKey">As the store knows it.</param>
    /// <param name="key">As the envelope repeats it.</param>
    /// <param name="serializer">Reads the value.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<(L2Read<TValue> Read, L2Rejection Rejection)> ReadAsync<TValue>(
        string storeKey, string key, IHybridCacheSerializer<TValue> serializer, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (_parts.Ledger.IsWaiting(storeKey))
        {
            return (L2Read<TValue>.Unavailable, L2Rejection.None);
        }

        var buffer = _codec.CreateBuffer();
        switch (await _parts.Calls.RunAsync(new ReadCall(storeKey, buffer), patience, cancellationToken).ConfigureAwait(false))
        {
            case StoreResult.Done:
                var rejection = Read(buffer, key, serializer, out var read);
                buffer.Dispose();
                if (rejection != L2Rejection.None)
                {
                    // A newer value that another process wrote since is lost with it: that costs one load.
                    await _changes.DiscardAsync(storeKey, patience, cancellationToken).ConfigureAwait(false);
                }

                return (read, rejection);
            case StoreResult.Missing:
                buffer.Dispose();
                return (L2Read<TValue>.Miss, L2Rejection.None);
            default:
                // Not disposed: the store may still write into it.
                return (L2Read<TValue>.Unavailable, L2Rejection.None);
        }
    }

    private L2Rejection Read<TValue>(PooledBuffer buffer, string key, IHybridCacheSerializer<TValue> serializer, out L2Read<TValue> read)
    {
        _parts.Counters.Add(L2Count.BytesIn, buffer.Length);
        if (!buffer.IsOverrun)
        {
            return _codec.Decode(buffer.Memory, key, _parts.Time.GetUtcNow(), serializer, out read);
        }

        read = L2Read<TValue>.Miss;
        return L2Rejection.Oversized;
    }
}
