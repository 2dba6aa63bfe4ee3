using AkkaPerf.Http.Tests.Loopback;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What is changed while it is read from the second level, or on its way there.</summary>
public sealed class SecondLevelRaceTests
{
    private readonly MemoryDistributedCache _store = new(Options.Create(new MemoryDistributedCacheOptions()));
    private readonly StillTime _time = new();

    [Fact]
    public async Task What_was_read_before_a_write_is_not_kept_after_it()
    {
        var calls = 0;
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=3600", $"{connection.Head.Split(' ')[0]} {Interlocked.Increment(ref calls)}"));
            connection.Close();
        });
        await using (var before = await ProxyAsync(_store, origin))
        {
            await AskAsync(before, "GET");
            await Until.TrueAsync(() => Holds(before), "it is stored");
        }

        var held = new HeldStore(_store);
        await using var proxy = await ProxyAsync(held, origin);
        var reading = AskAsync(proxy, "GET");
        await held.IsRead;
        Assert.EndsWith("PUT 2", await AskAsync(proxy, "PUT"), StringComparison.Ordinal);
        held.Release();
        Assert.EndsWith("GET 3", await reading, StringComparison.Ordinal);
        Assert.EndsWith("GET 4", await AskAsync(proxy, "GET"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_asked_for_before_another_process_purged_it_is_not_stored_as_if_it_were_newer()
    {
        var calls = 0;
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            var call = Interlocked.Increment(ref calls);
            if (call == 1)
            {
                await goOn.Task;
            }

            await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=3600", $"{connection.Head.Split(' ')[0]} {call}"));
            connection.Close();
        });
        await using var one = await ProxyAsync(_store, origin);
        await using var other = await ProxyAsync(_store, origin);
        var asking = AskAsync(one, "GET");
        await Until.TrueAsync(() => Volatile.Read(ref calls) == 1, "the backend is asked");
        _time.Advance(TimeSpan.FromSeconds(10));
        await AskAsync(other, "PUT");
        _time.Advance(TimeSpan.FromSeconds(10));
        goOn.SetResult();
        Assert.EndsWith("GET 1", await asking, StringComparison.Ordinal);

        await using var third = await ProxyAsync(_store, origin);
        Assert.EndsWith("GET 3", await AskAsync(third, "GET"), StringComparison.Ordinal);
    }

    private static bool Holds(Proxy proxy) => proxy.Pipeline.Describe().Cache!.Entries == 1;

    private static Task<string> AskAsync(Proxy proxy, string method) =>
        RawConnection.AskAsync(proxy.Address, $"{method} /p HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{(method == "PUT" ? "Content-Length: 0\r\n" : "")}\r\n");

    private Task<Proxy> ProxyAsync(IDistributedCache store, RawOrigin origin) =>
        Proxy.WithStoreAsync(store, "timeout = 1h", http => http.Time = _time, origin.Address);

    /// <summary>Holds the first read of what is stored of a URL, with its answer.</summary>
    private sealed class HeldStore(IDistributedCache inner) : IDistributedCache
    {
        private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsRead => _read.Task;

        public void Release() => _gate.SetResult();

        public byte[]? Get(string key) => inner.Get(key);

        public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
        {
            var bytes = await inner.GetAsync(key, token);
            if (key.Contains("http://shop/p", StringComparison.Ordinal) && _read.TrySetResult())
            {
                await _gate.Task;
            }

            return bytes;
        }

        public void Refresh(string key) => inner.Refresh(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => inner.RefreshAsync(key, token);

        public void Remove(string key) => inner.Remove(key);

        public Task RemoveAsync(string key, CancellationToken token = default) => inner.RemoveAsync(key, token);

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => inner.Set(key, value, options);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
            inner.SetAsync(key, value, options, token);
    }
}
