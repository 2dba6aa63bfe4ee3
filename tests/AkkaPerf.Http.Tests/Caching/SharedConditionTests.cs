using System.Net;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Client;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What clients say of what they have, where one request to the origin is made for all of them: each is answered from what came.</summary>
public sealed class SharedConditionTests : IDisposable
{
    private const string Fields = "Cache-Control: max-age=60\r\nETag: \"a\"\r\nLast-Modified: Mon, 23 Nov 2020 12:00:00 GMT\r\nContent-Type: text/plain\r\nX-Own: 1\r\n";

    private readonly SemaphoreSlim _next = new(0);

    public void Dispose() => _next.Dispose();

    [Theory]
    [InlineData("If-None-Match: \"a\"", true)]
    [InlineData("If-None-Match: \"b\", W/\"a\"", true)]
    [InlineData("If-None-Match: *", true)]
    [InlineData("If-Modified-Since: Mon, 23 Nov 2020 12:00:00 GMT", true)]
    [InlineData("If-None-Match: \"b\"", false)]
    [InlineData("If-None-Match: \"b\"\r\nIf-Modified-Since: Mon, 23 Nov 2020 12:00:00 GMT", false)]
    [InlineData("If-Modified-Since: Mon, 23 Nov 2020 11:59:59 GMT", false)]
    public async Task Section_4_3_2_a_condition_is_answered_from_what_is_being_fetched(string condition, bool isKnown)
    {
        await using var origin = InTwo(Fields);
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy, condition);
        var head = await client.ReadHeadAsync();
        if (isKnown)
        {
            // It waits for nothing that it has.
            Assert.StartsWith("HTTP/1.1 304 ", head, StringComparison.Ordinal);
            Assert.Equal("\"a\"", CachedShop.Field(head, "ETag"));
            Assert.Equal("max-age=60", CachedShop.Field(head, "Cache-Control"));
            Assert.Null(CachedShop.Field(head, "Content-Type"));
            Assert.Null(CachedShop.Field(head, "Content-Length"));
        }

        _next.Release();
        Assert.Equal(isKnown ? "" : "0123456789", await client.ReadToEndAsync());

        // Whoever has it, the store gets it.
        await proxy.IdleAsync();
        Assert.EndsWith("\r\n\r\n0123456789", await GetAsync(proxy), StringComparison.Ordinal);
        Assert.Null(CachedShop.Field(Assert.Single(origin.Heads), "If-None-Match"));
    }

    [Fact]
    public async Task Section_4_3_2_each_of_those_who_wait_for_one_load_is_answered_by_its_own_condition()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await _next.WaitAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{Fields}\r\n01234");
            await _next.WaitAsync();
            await connection.SendAsync("56789");
        });
        await using var proxy = await ToAsync(origin);
        using var first = await AskAsync(proxy, "If-None-Match: \"b\"");
        await Until.TrueAsync(() => origin.Heads.Count == 1, "the first is under way");
        using var second = await AskAsync(proxy, "If-None-Match: \"a\"");
        using var third = await AskAsync(proxy, "X-Nothing: said");
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Waiting.Joined == 2, "the others joined");
        _next.Release();
        Assert.StartsWith("HTTP/1.1 304 ", await second.ReadToEndAsync(), StringComparison.Ordinal);
        _next.Release();
        foreach (var one in new[] { first, third })
        {
            var answer = await one.ReadToEndAsync();
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n0123456789", answer, StringComparison.Ordinal);
        }

        Assert.Single(origin.Heads);
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_client_that_has_what_took_the_place_of_what_was_stored_hears_so()
    {
        var calls = 0;
        await using var shop = await CachedShop.OpenAsync(_ => CachedShop.Ok($"Cache-Control: max-age=60|ETag: \"{++calls}\""));
        await shop.GetAsync();
        shop.Wait(61);
        Assert.StartsWith("HTTP/1.1 304 ", await shop.GetAsync("If-None-Match: \"2\""), StringComparison.Ordinal);
        Assert.Equal("\"1\"", CachedShop.Field(shop.Asked[1], "If-None-Match"));
        Assert.EndsWith("\r\n\r\nok", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task Nothing_is_read_on_that_turns_out_to_be_too_large_to_be_stored()
    {
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{Fields}\r\n5\r\n01234\r\n");
            await _next.WaitAsync();
            await connection.SendAsync("40\r\n" + new string('x', 64) + "\r\n");
            Assert.IsType<IOException>(await Record.ExceptionAsync(connection.ReadHeadAsync), exactMatch: false);
            isOver.SetResult();
        });
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy, "If-None-Match: \"a\"");
        Assert.StartsWith("HTTP/1.1 304 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        _next.Release();
        await isOver.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Entries);
    }

    [Fact]
    public async Task What_breaks_off_behind_a_304_is_not_stored()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{Fields}\r\n01234");
            await _next.WaitAsync();
            connection.Close();
        });
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy, "If-None-Match: \"a\"");
        Assert.StartsWith("HTTP/1.1 304 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        _next.Release();
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Entries);
    }

    [Fact]
    public async Task The_tag_of_a_coded_body_is_known_too()
    {
        await using var origin = InTwo(Fields);
        await using var proxy = await Proxy.ToAsync("", configure: null, app => app.MapPipeline("/{**path}", "shop", new HttpRouteOptions { Compression = { Enabled = true } }), origin.Address);
        using var client = await AskAsync(proxy, "If-None-Match: \"a-gzip\"\r\nAccept-Encoding: gzip");
        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 304 ", answer, StringComparison.Ordinal);
        Assert.Equal("\"a-gzip\"", CachedShop.Field(answer, "ETag"));
        Assert.Equal("Accept-Encoding", CachedShop.Field(answer, "Vary"));
        _next.Release();
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_caller_of_a_client_is_answered_likewise()
    {
        await using var origin = InTwo(Fields);
        await using var shop = await Shop.OpenAsync("", http => http.Time = new StillTime(), addTo: null, origin.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "If-None-Match", "\"a\"" } } };
        using var response = await shop.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Equal("\"a\"", response.Headers.ETag?.Tag);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Null(response.Content.Headers.ContentType);
        _next.Release();
        await shop.IdleAsync();
        Assert.Equal("0123456789", await shop.Client.GetStringAsync("/"));
        Assert.Single(origin.Heads);
    }

    [Fact]
    public async Task A_part_is_asked_for_as_it_was_while_the_whole_comes_and_cut_from_the_whole_once_it_is_stored()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            if (connection.Head.Contains("Range: bytes=1-2", StringComparison.Ordinal))
            {
                await connection.SendAsync("HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\nContent-Range: bytes 1-2/10\r\nCache-Control: max-age=60\r\nX-From: origin\r\n\r\n12");
                return;
            }

            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{Fields}\r\n01234");
            await _next.WaitAsync();
            await connection.SendAsync("56789");
        });
        await using var proxy = await ToAsync(origin);
        using var whole = await AskAsync(proxy, "X-Nothing: said");
        await whole.ReadThroughAsync("01234");
        using var part = await AskAsync(proxy, "Range: bytes=1-2\r\nIf-Range: \"a\"");
        Assert.Equal("origin", CachedShop.Field(await part.ReadToEndAsync(), "X-From"));
        Assert.Equal("\"a\"", CachedShop.Field(origin.Heads.Last(), "If-Range"));
        _next.Release();
        await whole.ReadToEndAsync();
        await proxy.IdleAsync();
        using var hit = await AskAsync(proxy, "Range: bytes=1-2\r\nIf-Range: \"a\"");
        var answer = await hit.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 206 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n12", answer, StringComparison.Ordinal);
        Assert.Equal(2, origin.Heads.Count);
    }

    private static Task<Proxy> ToAsync(RawOrigin origin) => Proxy.ToAsync(
        "timeout = 1h",
        http =>
        {
            http.Time = new StillTime();
            http.MaxCacheableBodyBytes = 10;
        },
        origin.Address);

    private RawOrigin InTwo(string fields) => RawOrigin.Start(async connection =>
    {
        await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{fields}\r\n01234");
        await _next.WaitAsync();
        await connection.SendAsync("56789");
    });

    private static async Task<RawConnection> AskAsync(Proxy proxy, string fields)
    {
        var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{fields}\r\n\r\n");
        return client;
    }

    private static async Task<string> GetAsync(Proxy proxy)
    {
        using var client = await AskAsync(proxy, "X-Nothing: said");
        return await client.ReadToEndAsync();
    }
}
