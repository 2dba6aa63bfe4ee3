using System.Globalization;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Tests.Client;

public sealed class ResponseTests
{
    private const int Chunk = 64 * 1024;

    // More than the sockets' buffers of both ends can be on any system.
    private const long Large = 128L * 1024 * 1024;

    [Fact]
    public async Task A_caller_who_does_not_read_holds_the_backend_back()
    {
        var sent = 0L;
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            context.Response.ContentLength = Large;
            var chunk = new byte[Chunk];
            while (Volatile.Read(ref sent) < Large)
            {
                await context.Response.Body.WriteAsync(chunk);
                Interlocked.Add(ref sent, Chunk);
            }
        });
        await using var small = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var shop = await Shop.OpenAsync(origin.Address);
        await using var other = await Shop.OpenAsync(small.Address);
        using var response = await shop.Client.GetAsync("/large", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(Large, response.Content.Headers.ContentLength);
        for (var i = 0; i < 500; i++)
        {
            (await other.Client.PostAsync("/", content: null)).Dispose();
        }

        Assert.InRange(Volatile.Read(ref sent), 0, Large / 2);
        Assert.Equal(1, shop.Pipeline.Describe().Permits.InUse);
        var total = 0L;
        var buffer = new byte[Chunk];
        await using var body = await response.Content.ReadAsStreamAsync();
        int count;
        while ((count = await body.ReadAsync(buffer)) > 0)
        {
            total += count;
        }

        Assert.Equal(Large, total);
        await shop.IdleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_response_disposed_of_unread_lets_go_of_everything(bool isBegun)
    {
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(context => Origin.PourAsync(context, isGone));
        await using var shop = await Shop.OpenAsync(origin.Address);
        var response = await shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var snapshot = shop.Pipeline.Describe();
        Assert.Equal((1, 1), (snapshot.Permits.InUse, snapshot.Backends[0].Connections!.Leased));
        if (isBegun)
        {
            await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[10]);
        }

        response.Dispose();
        await isGone.Task;
        await shop.IdleAsync();

        // It is not the backend's fault.
        Assert.Equal((1, 0), (shop.Pipeline.Describe().Backends[0].Succeeded, shop.Pipeline.Describe().Backends[0].Failed));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_is_cancelled_or_disposed_of_breaks_the_response_off(bool isCancelled)
    {
        await using var origin = await Origin.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        });
        await using var shop = await Shop.OpenAsync(origin.Address);
        using var response = await shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[5]);
        using var leaving = new CancellationTokenSource();
        var reading = body.ReadAsync(new byte[5], leaving.Token).AsTask();
        if (isCancelled)
        {
            await leaving.CancelAsync();
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            Assert.Equal(leaving.Token, cancelled.CancellationToken);
            await Assert.ThrowsAsync<IOException>(() => body.ReadAsync(new byte[5]).AsTask());
        }
        else
        {
            response.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(() => reading);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => body.ReadAsync(new byte[5]).AsTask());
        }

        await shop.IdleAsync();
        Assert.Equal(0, shop.Pipeline.Describe().Backends[0].Failed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_does_not_move_for_too_long_is_given_up(bool isRead)
    {
        var time = new StillTime();
        await using var origin = await Origin.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        });
        await using var shop = await Shop.OpenAsync("timeout = 1h", http => http.Time = time, addTo: null, origin.Address);
        using var response = await shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsStreamAsync();
        var reading = isRead ? body.ReadAsync(new byte[5]).AsTask() : null;
        time.Advance(TimeSpan.FromSeconds(99));
        Assert.Equal(1, shop.Pipeline.Describe().Permits.InUse);
        time.Advance(TimeSpan.FromSeconds(2));
        var failure = await Assert.ThrowsAsync<IOException>(() => reading ?? body.ReadAsync(new byte[5]).AsTask());
        Assert.IsType<TimeoutException>(failure.InnerException);
        await shop.IdleAsync();

        // A silent backend is to blame, one that nobody listens to is not.
        Assert.Equal(isRead ? 1 : 0, shop.Pipeline.Describe().Backends[0].Failed);
    }

    [Theory]
    [InlineData(HttpCompletionOption.ResponseContentRead)]
    [InlineData(HttpCompletionOption.ResponseHeadersRead)]
    public async Task A_body_that_is_cut_off_is_no_whole_one_and_its_backends_failure(HttpCompletionOption completion)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ntruncated");
        await using var shop = await Shop.OpenAsync(origin.Address);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var response = await shop.Client.GetAsync("/", completion);
            await response.Content.ReadAsStringAsync();
        });
        Assert.Equal(HttpRequestError.ResponseEnded, Assert.IsType<HttpIOException>(failure.InnerException).HttpRequestError);
        await shop.IdleAsync();
        Assert.Equal(1, shop.Pipeline.Describe().Backends[0].Failed);
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, 5)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, null)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", 204, null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"1\"\r\n\r\n", 304, 5)]
    [InlineData("PUT", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, 0)]
    public async Task A_response_without_a_body_holds_nothing_though_nobody_reads_it(string method, string answer, int status, int? length)
    {
        await using var origin = RawOrigin.Answering(answer);
        await using var shop = await Shop.OpenAsync(origin.Address);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");
        using var response = await shop.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await shop.IdleAsync();
        Assert.Equal((status, length), ((int)response.StatusCode, (int?)response.Content.Headers.ContentLength));
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        using var again = new HttpRequestMessage(new HttpMethod(method), "/");
        using var buffered = await shop.Client.SendAsync(again);
        Assert.Equal("", await buffered.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nall of it")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nall of it")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nCache-Control: max-age=60\r\n\r\nall of it")]
    public async Task Every_way_of_reading_reads_it(string answer)
    {
        await using var origin = RawOrigin.Answering(answer);
        await using var shop = await Shop.OpenAsync(origin.Address);
        Assert.Equal("all of it", await shop.Client.GetStringAsync("/"));
        await using (var stream = await shop.Client.GetStreamAsync("/"))
        using (var reader = new StreamReader(stream))
        {
            Assert.Equal("all of it", reader.ReadToEnd());
        }

        using (var response = await shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead))
        using (var copy = new MemoryStream())
        {
            await response.Content.CopyToAsync(copy);
            Assert.Equal("all of it"u8, copy.ToArray());
        }

        using (var response = await shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead))
        {
            await response.Content.LoadIntoBufferAsync();
            Assert.Equal("all of it", await response.Content.ReadAsStringAsync());
            Assert.Equal("all of it", await response.Content.ReadAsStringAsync());
        }

        await shop.IdleAsync();
    }

    [Fact]
    public async Task Random_bodies_from_many_calls_at_once_come_whole_whatever_their_neighbours_do()
    {
        await using var origin = await Origin.StartAsync(async context =>
        {
            var length = int.Parse(context.Request.Query["length"]!, CultureInfo.InvariantCulture);
            context.Response.Headers.CacheControl = length % 2 == 0 ? "max-age=60" : "private";
            context.Response.ContentLength = length % 3 == 0 ? length : null;
            var sent = 0;
            while (sent < length)
            {
                var piece = new byte[Math.Min(length - sent, 5_000)];
                Array.Fill(piece, (byte)length);
                await context.Response.Body.WriteAsync(piece);
                sent += piece.Length;
            }
        });
        await using var shop = await Shop.OpenAsync(origin.Address);
        var random = new Random(5);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => AskAsync(random.Next(1, 60_000), random.Next(4))));
        await shop.IdleAsync();
        Assert.Equal(0, shop.Pipeline.Describe().Backends[0].Failed);

        async Task AskAsync(int length, int manner)
        {
            using var leaving = new CancellationTokenSource();
            try
            {
                using var response = await shop.Client.GetAsync($"/?length={length}", HttpCompletionOption.ResponseHeadersRead, leaving.Token);
                var body = await response.Content.ReadAsStreamAsync();
                if (manner == 0)
                {
                    return;
                }

                var bytes = new byte[length + 1];
                var total = 0;
                int count;
                while ((count = await body.ReadAsync(bytes.AsMemory(total), leaving.Token)) > 0)
                {
                    total += count;
                    if (manner == 1)
                    {
                        await leaving.CancelAsync();
                    }
                }

                Assert.Equal(length, total);
                Assert.False(bytes.AsSpan(0, length).ContainsAnyExcept((byte)length));
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(1, manner);
            }
        }
    }
}
