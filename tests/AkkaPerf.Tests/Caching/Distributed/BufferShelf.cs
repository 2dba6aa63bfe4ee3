using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>The same for stores that take and give buffers.</summary>
internal sealed class BufferShelf : Shelf, IBufferDistributedCache
{
    public async ValueTask<bool> TryGetAsync(string key, IBufferWriter<byte> destination, CancellationToken token = default)
    {
        if (await GetAsync(key, token) is not { } value)
        {
            return false;
        }

        destination.Write(value);
        return true;
    }

    // Copied late: what it was given must not change until it has ended.
    public async ValueTask SetAsync(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        await SetAsync(key, [], options, token);
        this[key] = value.ToArray();
    }

    public bool TryGet(string key, IBufferWriter<byte> destination) => throw new NotSupportedException();

    public void Set(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options) => throw new NotSupportedException();
}
