using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What only the second level has, as after a restart, is given by the same rules as what the first one has.</summary>
public sealed class SecondLevelReuseTests : IAsyncDisposable
{
    private readonly OpenStore _store = new();
    private readonly StillTime _time = new();
    private readonly RawOrigin _origin = RawOrigin.Start(static async connection =>
    {
        await connection.SendAsync(CachedShop.Ok("Cache-Control: max-age=60|ETag: \"a\"", "0123456789"));
        connection.Close();
    });

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public async Task Where_clients_have_no_say_it_is_given_whatever_they_say(bool ignoresClients, int calls)
    {
        var route = new HttpRouteOptions { Cache = { IgnoreClients = ignoresClients } };
        await using (var before = await OpenAsync(route))
        {
            await StoreAsync(before);
        }

        await using var after = await OpenAsync(route);
        await AskAsync(after, "GET", "Cache-Control: no-cache\r\nPragma: no-cache\r\n");
        Assert.Equal(calls, _origin.Heads.Count);
    }

    [Theory]
    [InlineData("GET", "", 0, 200)]
    [InlineData("HEAD", "", 0, 200)]
    [InlineData("GET", "Range: bytes=0-1\r\n", 0, 206)]
    [InlineData("GET", "If-None-Match: \"a\"\r\n", 0, 304)]
    [InlineData("GET", "Cookie: a=1\r\n", 0, 504)]
    [InlineData("GET", "", 61, 504)]
    public async Task Section_5_2_1_7_it_is_what_is_stored(string method, string fields, int seconds, int status)
    {
        await using (var before = await OpenAsync())
        {
            await StoreAsync(before);
        }

        _time.Advance(TimeSpan.FromSeconds(seconds));
        await using var after = await OpenAsync();
        for (var i = 0; i < 2; i++)
        {
            var answer = await AskAsync(after, method, $"Cache-Control: only-if-cached\r\n{fields}");
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Equal(status != 504, CachedShop.Field(answer, "Cache-Status")?.Contains("; hit", StringComparison.Ordinal) ?? false);
        }

        Assert.Single(_origin.Heads);
        await after.IdleAsync();
    }

    [Fact]
    public async Task Section_5_2_1_7_without_its_answer_it_is_not_stored()
    {
        _store.BeforeGet = static _ => throw new IOException("It is down.");
        await using var proxy = await OpenAsync();
        Assert.StartsWith("HTTP/1.1 504 ", await AskAsync(proxy, "GET", "Cache-Control: only-if-cached\r\n"), StringComparison.Ordinal);
        Assert.Empty(_origin.Heads);
    }

    public async ValueTask DisposeAsync() => await _origin.DisposeAsync();

    private static Task<string> AskAsync(Proxy proxy, string method, string fields) =>
        RawConnection.AskAsync(proxy.Address, $"{method} /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{fields}\r\n");

    private async Task StoreAsync(Proxy proxy)
    {
        await AskAsync(proxy, "GET", "");
        await Until.TrueAsync(() => _store.Entries.Keys.Any(static key => key.EndsWith("http://shop/a", StringComparison.Ordinal)), "it is stored");
    }

    private Task<Proxy> OpenAsync(HttpRouteOptions? route = null) => Proxy.WithStoreAsync(
        _store, "timeout = 1h", http => http.Time = _time, app => app.MapPipeline("/{**path}", "shop", route ?? new HttpRouteOptions()), _origin.Address);
}
