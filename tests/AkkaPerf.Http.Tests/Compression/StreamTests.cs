using System.Text;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>Bodies that come in pieces, break off, or are not wanted any more.</summary>
public sealed class StreamTests
{
    public static TheoryData<ContentCoding> Codings => [ContentCoding.Br, ContentCoding.Gzip, ContentCoding.Zstd];

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task What_the_backend_has_sent_arrives_while_it_pauses(ContentCoding coding)
    {
        var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
            for (var i = 0; i < 5; i++)
            {
                await next.WaitAsync();
                await connection.SendAsync($"line {i}\n");
            }

            connection.Close();
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/");
        message.Headers.TryAddWithoutValidation("Accept-Encoding", CodingNames.Of(coding));
        using var answer = await proxy.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        using var body = new Decoded(coding, await answer.Content.ReadAsStreamAsync());
        for (var i = 0; i < 5; i++)
        {
            next.Release();
            Assert.Equal($"line {i}\n", Encoding.ASCII.GetString(await Task.Run(() => body.Exactly(7))));
        }

        await proxy.IdleAsync();
    }

    [Fact]
    public async Task Events_are_compressed_where_their_type_is_named_and_arrive_one_by_one()
    {
        var next = new SemaphoreSlim(0);
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            for (var i = 0; i < 3; i++)
            {
                await next.WaitAsync();
                await connection.SendAsync($"data: {i}\n\n");
            }

            connection.Close();
        });
        await using var proxy = await CompressingProxy.ToAsync(options => options.Types.Add("text/event-stream"), origin.Address);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/");
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "br");
        using var answer = await proxy.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(["br"], answer.Content.Headers.ContentEncoding);
        using var body = new Decoded(ContentCoding.Br, await answer.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            next.Release();
            Assert.Equal($"data: {i}\n\n", Encoding.ASCII.GetString(await Task.Run(() => body.Exactly(9))));
        }
    }

    [Theory]
    [InlineData(ContentCoding.Br, "Content-Length: 100000\r\n", false)]
    [InlineData(ContentCoding.Gzip, "Content-Length: 100000\r\n", true)]
    [InlineData(ContentCoding.Zstd, "Content-Length: 100000\r\n", false)]
    [InlineData(ContentCoding.Br, "Transfer-Encoding: chunked\r\n", true)]
    [InlineData(ContentCoding.Gzip, "Transfer-Encoding: chunked\r\n", false)]
    [InlineData(ContentCoding.Zstd, "Transfer-Encoding: chunked\r\n", true)]
    public async Task A_backend_that_breaks_off_does_not_look_like_a_clean_end(ContentCoding coding, string framing, bool isReset)
    {
        var text = Encoding.ASCII.GetString(Texts.Of(20_000));
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{framing}\r\n");
            await connection.SendAsync(framing.StartsWith('T') ? $"{text.Length:x}\r\n{text}\r\n" : text);
            if (isReset)
            {
                connection.Abort();
            }
            else
            {
                connection.Close();
            }
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask(CodingNames.Of(coding)));
        string? all = null;
        try
        {
            all = await client.ReadToEndAsync();
        }
        catch (IOException)
        {
            // Reset: nobody takes that for an end.
        }

        // Nor a body without its last chunk.
        Assert.False(all?.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal) ?? false);
        Assert.True(all is null || all.Length == 0 || !all.Contains("\r\nContent-Length:", StringComparison.Ordinal) || all.StartsWith("HTTP/1.1 502", StringComparison.Ordinal));
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_client_that_leaves_takes_its_coder_and_the_backend_along()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
            var text = Texts.Of(64 * 1024);
            while (true)
            {
                await connection.SendAsync(text);
            }
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        for (var i = 0; i < 10; i++)
        {
            using (var client = await RawConnection.OpenAsync(proxy.Address))
            {
                await client.SendAsync(Ask(i % 2 == 0 ? "zstd" : "br"));
                await client.ReadHeadAsync();
                await client.SkipAsync(10_000);
            }

            await proxy.IdleAsync();
        }
    }

    [Fact]
    public async Task No_coder_serves_two_bodies_at_once_whoever_leaves_in_the_middle()
    {
        const int Rounds = 100;
        var body = Texts.Of(150_000);
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.Response.ContentType = "text/plain";
            await context.Response.Body.WriteAsync(body.AsMemory(0, 70_000));
            await context.Response.Body.FlushAsync();
            await context.Response.Body.WriteAsync(body.AsMemory(70_000));
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(AskAsync));
        await proxy.IdleAsync();

        async Task AskAsync(int who)
        {
            var coding = who % 2 == 0 ? ContentCoding.Zstd : ContentCoding.Br;
            for (var i = 0; i < Rounds / 4; i++)
            {
                using var leaver = await RawConnection.OpenAsync(proxy.Address);
                await leaver.SendAsync(Ask(CodingNames.Of(coding)));
                await leaver.SkipAsync(1000 * who);
                using var answer = await PassThroughTests.AskAsync(proxy, CodingNames.Of(coding));
                Assert.Equal(body, Decoded.Whole(coding, await answer.Content.ReadAsByteArrayAsync()));
            }
        }
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_the_backend_back()
    {
        const long Much = 256L * 1024 * 1024;
        var sent = 0L;
        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(async connection =>
        {
            if (connection.Head.StartsWith("GET /small", StringComparison.Ordinal))
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                connection.Close();
                return;
            }

            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
            var noise = new byte[64 * 1024];
            new Random(1).NextBytes(noise);
            try
            {
                while (Volatile.Read(ref sent) < Much)
                {
                    await connection.SendAsync(noise);
                    Interlocked.Add(ref sent, noise.Length);
                }
            }
            finally
            {
                isDone.SetResult();
            }
        });
        await using var proxy = await CompressingProxy.ToAsync(origin.Address);
        using (var client = await RawConnection.OpenAsync(proxy.Address))
        {
            await client.SendAsync(Ask("zstd"));
            await client.ReadHeadAsync();
            for (var i = 0; i < 100; i++)
            {
                using var response = await proxy.Client.GetAsync("/small");
                response.EnsureSuccessStatusCode();
            }

            Assert.InRange(Volatile.Read(ref sent), 0, Much / 4);
        }

        await isDone.Task;
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_silent_backend_is_given_up_and_its_client_sees_no_end()
    {
        var time = new StillTime();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nbeginning");
            await connection.ReadToEndAsync();
        });
        await using var proxy = await CompressingProxy.ToAsync(static _ => { }, origin.Address, http => http.Time = time);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync(Ask("gzip"));
        await client.ReadHeadAsync();
        await time.WaitedForAsync(TimeSpan.FromSeconds(100));
        time.Advance(TimeSpan.FromSeconds(101));
        try
        {
            Assert.DoesNotContain("\r\n0\r\n\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // Reset.
        }

        await proxy.IdleAsync();
    }

    private static string Ask(string coding) => $"GET / HTTP/1.1\r\nHost: shop\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n";
}
