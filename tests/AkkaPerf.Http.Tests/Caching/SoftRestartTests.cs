using System.Text;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What is purged softly stays stale when the process starts anew on the same second level.</summary>
public sealed class SoftRestartTests : IAsyncDisposable
{
    private readonly OpenStore _store = new();
    private readonly StillTime _time = new();
    private readonly RawOrigin _origin;
    private string _fields = "Cache-Control: max-age=3600|ETag: \"a\"|Surrogate-Key: one";

    public SoftRestartTests() => _origin = RawOrigin.Start(async connection =>
    {
        await connection.SendAsync(CachedShop.Field(connection.Head, "If-None-Match") is null ? CachedShop.Ok(_fields) : CachedShop.Empty("304 Not Modified", _fields));
        connection.Close();
    });

    [Theory]
    [InlineData("{\"urls\":[\"http://shop/a\"], \"soft\":true}", true)]
    [InlineData("{\"tags\":[\"one\"], \"soft\":true}", true)]
    [InlineData("{\"prefixes\":[\"http://shop/\"], \"soft\":true}", true)]
    [InlineData("{\"all\":true, \"soft\":true}", true)]
    [InlineData("{\"urls\":[\"http://shop/b\"], \"soft\":true}", false)]
    [InlineData("{\"tags\":[\"two\"], \"soft\":true}", false)]
    public async Task It_is_asked_for_again_after_the_restart(string body, bool isStale)
    {
        await using (var before = await OpenAsync())
        {
            await StoreAsync(before);
            await PurgeAsync(before, body);
        }

        await using var after = await OpenAsync();
        Assert.Contains(isStale ? "fwd=stale" : "; hit", await GetAsync(after), StringComparison.Ordinal);
        Assert.Equal(isStale ? 2 : 1, _origin.Heads.Count);
        Assert.Equal(isStale ? "\"a\"" : null, CachedShop.Field(_origin.Heads.Last(), "If-None-Match"));

        // Once asked for again it is fresh, here and after the next restart.
        await GetAsync(after);
        await using var third = await OpenAsync();
        await Until.TrueAsync(() => _store.Sets[Key] == (isStale ? 2 : 1), "it is written");
        await GetAsync(third);
        Assert.Equal(isStale ? 2 : 1, _origin.Heads.Count);
    }

    [Fact]
    public async Task It_is_given_while_it_is_refreshed_if_it_may_be()
    {
        _fields = "Cache-Control: max-age=3600, stale-while-revalidate=60|ETag: \"a\"";
        await using (var before = await OpenAsync())
        {
            await StoreAsync(before);
            await PurgeAsync(before, "{\"all\":true, \"soft\":true}");
        }

        await using var after = await OpenAsync();
        Assert.DoesNotContain("fwd=stale", await GetAsync(after), StringComparison.Ordinal);
        await GetAsync(after);
        await Until.TrueAsync(() => _origin.Heads.Count == 2, "it is refreshed");
    }

    [Fact]
    public async Task Those_who_share_the_second_level_add_their_marks_and_learn_the_others_when_they_start()
    {
        await using (var one = await OpenAsync())
        await using (var other = await OpenAsync())
        {
            await StoreAsync(one);
            await GetAsync(one, "/b");
            await Until.TrueAsync(() => _store.Entries.Keys.Any(static key => key.EndsWith("http://shop/b", StringComparison.Ordinal)), "the second is stored");
            _time.Advance(TimeSpan.FromSeconds(1));
            await PurgeAsync(one, "{\"urls\":[\"http://shop/a\"], \"soft\":true}");
            await PurgeAsync(other, "{\"urls\":[\"http://shop/b\"], \"soft\":true}");
        }

        await using var third = await OpenAsync();
        Assert.Contains("fwd=stale", await GetAsync(third), StringComparison.Ordinal);
        Assert.Contains("fwd=stale", await GetAsync(third, "/b"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marks_that_cannot_be_understood_make_everything_stale()
    {
        await using (var before = await OpenAsync())
        {
            await StoreAsync(before);
            Assert.True(await ((IRequestPipeline<ProxyRequest, ProxyResponse>)before.Pipeline).Store!.WriteNoteAsync("soft-marks", new byte[] { 9 }, TimeSpan.FromDays(1), CancellationToken.None));
        }

        await using (var after = await OpenAsync())
        {
            Assert.Contains("fwd=stale", await GetAsync(after), StringComparison.Ordinal);
            _time.Advance(TimeSpan.FromSeconds(1));
            await GetAsync(after);
            Assert.Equal(3, _origin.Heads.Count);
            await Until.TrueAsync(() => _store.Sets[Key] == 3, "it is written");
        }

        // Only once: what was asked for since is fresh.
        await using var third = await OpenAsync();
        await GetAsync(third);
        Assert.Equal(3, _origin.Heads.Count);
    }

    [Fact]
    public async Task Without_its_marks_nothing_of_the_second_level_is_given()
    {
        await using (var before = await OpenAsync())
        {
            await StoreAsync(before);
            await PurgeAsync(before, "{\"all\":true, \"soft\":true}");
        }

        await using var after = await OpenAsync(new NoteLess(_store));
        Assert.Contains("fwd=uri-miss", await GetAsync(after), StringComparison.Ordinal);
        Assert.Equal(2, _origin.Heads.Count);
    }

    public async ValueTask DisposeAsync() => await _origin.DisposeAsync();

    private string Key => _store.Entries.Keys.Single(static key => key.EndsWith("http://shop/a", StringComparison.Ordinal));

    private static async Task PurgeAsync(Proxy proxy, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await proxy.Client.PostAsync(new Uri("/-/pipelines/shop/purge", UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode);
    }

    private static Task<string> GetAsync(Proxy proxy, string path = "/a") => RawConnection.AskAsync(proxy.Address, $"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");

    // A second before and after each purge, so that it is clear what is older.
    private async Task StoreAsync(Proxy proxy)
    {
        await GetAsync(proxy);
        await Until.TrueAsync(() => _store.Entries.Keys.Any(static key => key.EndsWith("http://shop/a", StringComparison.Ordinal)), "it is in the second level");
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private Task<Proxy> OpenAsync(IDistributedCache? store = null)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return Proxy.WithStoreAsync(store ?? _store, "timeout = 1h", http => http.Time = _time, _origin.Address);
    }

    /// <summary>A store that cannot give the marks.</summary>
    private sealed class NoteLess(IDistributedCache inner) : IDistributedCache
    {
        public byte[]? Get(string key) => key.Contains("soft-marks", StringComparison.Ordinal) ? throw new IOException("Not now.") : inner.Get(key);

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) =>
            key.Contains("soft-marks", StringComparison.Ordinal) ? Task.FromException<byte[]?>(new IOException("Not now.")) : inner.GetAsync(key, token);

        public void Refresh(string key) => inner.Refresh(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => inner.RefreshAsync(key, token);

        public void Remove(string key) => inner.Remove(key);

        public Task RemoveAsync(string key, CancellationToken token = default) => inner.RemoveAsync(key, token);

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => inner.Set(key, value, options);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) => inner.SetAsync(key, value, options, token);
    }
}
