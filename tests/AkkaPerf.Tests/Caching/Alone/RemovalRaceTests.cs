using AkkaPerf.Caching;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class RemovalRaceTests : IAsyncDisposable
{
    private readonly CacheRig _rig = new(hasSecond: true);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Who_reads_during_a_removal_leaves_nothing_old_behind_it()
    {
        var store = new SlowStore(_rig.Store!);
        await using var cache = AkkaPerfCache.Create<string, string>("removal", builder => builder.UseTime(_rig.Time).UseDistributed(store));
        await cache.SetAsync("k", "old");
        store.IsHeld = true;

        // Both of one lane, so that the removal has to wait for its turn.
        var other = Enumerable.Range(0, 1_000).Select(i => "o" + i).First(key => Lane(key) == Lane("k"));
        var setting = cache.SetAsync(other, "v").AsTask();
        var removing = cache.RemoveAsync("k").AsTask();
        Assert.Equal("old", await _rig.GetAsync(cache, "k"));
        store.Release();
        await setting;
        await removing;

        Assert.Equal("value of k", await _rig.GetAsync(cache, "k"));

        static uint Lane(string key) => (uint)string.GetHashCode(key, StringComparison.Ordinal) % 16;
    }

    [Fact]
    public async Task Who_reads_while_the_store_removes_leaves_nothing_old_behind_it()
    {
        var store = new SlowStore(_rig.Store!);
        await using var cache = AkkaPerfCache.Create<string, string>("removal", builder => builder.UseTime(_rig.Time).UseDistributed(store));
        await cache.SetAsync("k", "old");
        store.IsHeld = true;

        var removing = cache.RemoveAsync("k").AsTask();
        await CacheRig.UntilAsync(() => store.Held == 1, "the removal to reach the store");
        await _rig.GetAsync(cache, "k");
        store.Release();
        await removing;

        Assert.Equal("value of k", await _rig.GetAsync(cache, "k"));
    }

    private sealed class SlowStore(IDistributedCache inner) : IDistributedCache
    {
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _held;

        public volatile bool IsHeld;

        public int Held => Volatile.Read(ref _held);

        public void Release() => _gate.SetResult();

        public byte[]? Get(string key) => inner.Get(key);

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => inner.GetAsync(key, token);

        public void Refresh(string key) => inner.Refresh(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => inner.RefreshAsync(key, token);

        public void Remove(string key) => inner.Remove(key);

        public async Task RemoveAsync(string key, CancellationToken token = default)
        {
            await HoldAsync();
            await inner.RemoveAsync(key, token);
        }

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => inner.Set(key, value, options);

        public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
        {
            await HoldAsync();
            await inner.SetAsync(key, value, options, token);
        }

        private async Task HoldAsync()
        {
            if (IsHeld)
            {
                Interlocked.Increment(ref _held);
                await _gate.Task;
            }
        }
    }
}
