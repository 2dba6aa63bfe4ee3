using System.Globalization;
using AkkaPerf.Http.Tests.Client;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What may be kept but does not come at once.</summary>
public sealed class SlowBodyTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n";
    private const string Sized = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nCache-Control: max-age=60\r\n\r\n";

    private readonly StillTime _time = new();
    private readonly SemaphoreSlim _next = new(0);

    public void Dispose() => _next.Dispose();

    [Theory]
    [InlineData(Sized, "01234", "56789")]
    [InlineData(Chunked, "5\r\n01234\r\n", "5\r\n56789\r\n0\r\n\r\n")]
    [InlineData(Chunked, "", "5\r\n01234\r\n", "5\r\n56789\r\n", "0\r\n\r\n")]
    public async Task It_goes_to_the_client_as_it_comes_and_is_kept_once_it_is_whole(string head, params string[] pieces)
    {
        await using var origin = InPieces(head, pieces);
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy);
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(1, proxy.Pipeline.Describe().Permits.InUse);
        foreach (var _ in pieces)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _next.Release();
        }

        await client.ReadToEndAsync();
        await proxy.IdleAsync();
        var kept = await RawConnection.AskAsync(proxy.Address, Get);
        Assert.EndsWith("\r\n\r\n0123456789", kept, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 10\r\n", kept, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Age: {pieces.Length}\r\n"), kept, StringComparison.Ordinal);
        Assert.Single(origin.Heads);
    }

    [Fact]
    public async Task The_timeout_ends_with_the_head_all_the_same()
    {
        await using var origin = InPieces(Sized, "01234", "56789");
        await using var proxy = await ToAsync(origin, "timeout = 100ms");
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Get);

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(50));
        _next.Release(2);
        Assert.Equal("0123456789", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Events_are_not_waited_for_even_if_they_say_that_they_may_be_kept()
    {
        await using var origin = InPieces(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n",
            "9\r\ndata: 1\n\n\r\n",
            "0\r\n\r\n");
        await using var proxy = await ToAsync(origin);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Get);
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        _next.Release();
        await client.ReadThroughAsync("data: 1\n\n");
        _next.Release();
        await client.ReadToEndAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_breaks_off_is_broken_off_at_the_client_and_not_kept(bool isReset)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Sized + "01234");
            await _next.WaitAsync();
            if (isReset)
            {
                connection.Abort();
            }
            else
            {
                connection.Close();
            }
        });
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy);
        await client.ReadThroughAsync("01234");
        _next.Release();
        var end = await Record.ExceptionAsync(client.ReadToEndAsync);
        Assert.True(end is null or IOException, $"{end}");
        await proxy.IdleAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Backends[0].Failed == 1, "the backend is to blame");
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Entries);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_the_call()
    {
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Sized + "01234");
            await Record.ExceptionAsync(connection.ReadToEndAsync);
            isGone.SetResult();
        });
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy);
        await client.ReadThroughAsync("01234");
        client.Abort();
        await isGone.Task;
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Entries);
    }

    [Fact]
    public async Task What_grows_too_large_goes_on_and_is_not_kept()
    {
        // The second piece fills what may be kept: one that went beyond it would come in two, or in one, as the client is slow or fast.
        await using var origin = InPieces(Chunked, "5\r\n01234\r\n", "5\r\n56789\r\n", "2\r\n01\r\n0\r\n\r\n");
        await using var proxy = await ToAsync(origin);
        using var client = await AskAsync(proxy);
        foreach (var piece in new[] { "01234", "56789", "1\r\n0\r\n\r\n" })
        {
            _next.Release();
            await client.ReadThroughAsync(piece);
        }

        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Entries);
    }

    [Fact]
    public async Task Those_who_join_get_it_as_it_comes_from_its_beginning()
    {
        await using var origin = InPieces(Sized, "01234", "56789");
        await using var proxy = await ToAsync(origin);
        using var first = await AskAsync(proxy);
        _next.Release();
        await first.ReadThroughAsync("01234");
        using var second = await AskAsync(proxy);
        await second.ReadThroughAsync("01234");
        _next.Release();
        Assert.Equal("56789", await first.ReadToEndAsync());
        Assert.Equal("56789", await second.ReadToEndAsync());
        Assert.Single(origin.Heads);
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task The_first_one_s_going_does_not_break_off_what_others_read()
    {
        await using var origin = InPieces(Sized, "01234", "56789");
        await using var proxy = await ToAsync(origin);
        using var first = await AskAsync(proxy);
        _next.Release();
        await first.ReadThroughAsync("01234");
        using var second = await AskAsync(proxy);
        await second.ReadThroughAsync("01234");
        first.Abort();
        _next.Release();
        Assert.Equal("56789", await second.ReadToEndAsync());
        await proxy.IdleAsync();
        Assert.EndsWith("0123456789", await RawConnection.AskAsync(proxy.Address, Get), StringComparison.Ordinal);
        Assert.Single(origin.Heads);
    }

    [Fact]
    public async Task What_grows_too_large_goes_to_all_who_joined_before()
    {
        await using var origin = InPieces(Chunked, "5\r\n01234\r\n", "6\r\n567890\r\n", "1\r\n1\r\n0\r\n\r\n");
        await using var proxy = await ToAsync(origin);
        using var first = await AskAsync(proxy);
        _next.Release();
        await first.ReadThroughAsync("01234");
        using var second = await AskAsync(proxy);
        await second.ReadThroughAsync("01234");
        _next.Release(2);
        await first.ReadThroughAsync("1\r\n0\r\n\r\n");
        await second.ReadThroughAsync("1\r\n0\r\n\r\n");
        await proxy.IdleAsync();
        Assert.Equal(0, proxy.Pipeline.Describe().Cache!.Entries);
        Assert.Single(origin.Heads);
    }

    [Fact]
    public async Task What_grew_too_large_is_broken_off_once_its_only_caller_has_not_read_for_too_long()
    {
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync(Chunked + "b\r\n01234567890\r\n");
            Assert.IsType<IOException>(await Record.ExceptionAsync(connection.ReadHeadAsync), exactMatch: false);
            isOver.SetResult();
        });
        await using var shop = await Shop.OpenAsync(
            "timeout = 1h",
            http =>
            {
                http.Time = _time;
                http.MaxCacheableBodyBytes = 10;
            },
            addTo: null,
            origin.Address);
        using var forgotten = await shop.Client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await _time.WaitedForAsync(TimeSpan.FromSeconds(50));
        _time.Advance(TimeSpan.FromSeconds(50));
        await isOver.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await shop.IdleAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => forgotten.Content.ReadAsByteArrayAsync());
    }

    private Task<Proxy> ToAsync(RawOrigin origin, string hocon = "timeout = 1h") => Proxy.ToAsync(
        hocon,
        http =>
        {
            http.Time = _time;
            http.MaxCacheableBodyBytes = 10;
        },
        origin.Address);

    /// <summary>Sends the head, then each piece when it may.</summary>
    private RawOrigin InPieces(string head, params string[] pieces) => RawOrigin.Start(async connection =>
    {
        await connection.SendAsync(head);
        foreach (var piece in pieces)
        {
            await _next.WaitAsync();
            await connection.SendAsync(piece);
        }
    });

    private static async Task<RawConnection> AskAsync(Proxy proxy)
    {
        var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Get);
        return client;
    }
}
