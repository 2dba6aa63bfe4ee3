using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Talks to a store, without copies where it offers that.</summary>
internal sealed class StoreClient
{
    private readonly IDistributedCache _store;
    private readonly IBufferDistributedCache? _buffers;

    public StoreClient(IDistributedCache store)
    {
        _store = store;
        _buffers = store as IBufferDistributedCache;
    }

    /// <summary>Reads what stands at a key into an empty buffer; false if there is nothing.</summary>
    public ValueTask<bool> GetAsync(string key, PooledBuffer target, CancellationToken cancellationToken) =>
        _buffers is null ? CopyAsync(key, target, cancellationToken) : _buffers.TryGetAsync(key, target, cancellationToken);

    /// <summary>Writes; the bytes must stay as they are until this has ended.</summary>
    public ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan life, CancellationToken cancellationToken)
    {
        // Relative: the store's clock may be another.
        var options = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = life };
        return _buffers is null
            ? new ValueTask(_store.SetAsync(key, value.ToArray(), options, cancellationToken))
            : _buffers.SetAsync(key, new ReadOnlySequence<byte>(value), options, cancellationToken);
    }

    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken) => new(_store.RemoveAsync(key, cancellationToken));

    private async ValueTask<bool> CopyAsync(string key, PooledBuffer target, CancellationToken cancellationToken)
    {
        if (await _store.GetAsync(key, cancellationToken).ConfigureAwait(false) is not { } value)
        {
            return false;
        }

        target.Write(value);
        return true;
    }
}
