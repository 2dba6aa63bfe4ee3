using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>A store that can be taken down, and counts what it is asked.</summary>
internal sealed class FallibleStore(IDistributedCache inner) : IDistributedCache
{
    private int _calls;

    public volatile bool IsDown;

    public int Calls => Volatile.Read(ref _calls);

    private IDistributedCache Inner
    {
        get
        {
            Interlocked.Increment(ref _calls);
            return IsDown ? throw new IOException("The store is down.") : inner;
        }
    }

    public byte[]? Get(string key) => Inner.Get(key);

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Inner.GetAsync(key, token);

    public void Refresh(string key) => Inner.Refresh(key);

    public Task RefreshAsync(string key, CancellationToken token = default) => Inner.RefreshAsync(key, token);

    public void Remove(string key) => Inner.Remove(key);

    public Task RemoveAsync(string key, CancellationToken token = default) => Inner.RemoveAsync(key, token);

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => Inner.Set(key, value, options);

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        Inner.SetAsync(key, value, options, token);
}
