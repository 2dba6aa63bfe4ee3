using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>Hundreds of bodies and WebSockets at once, of which clients and backends break off a good part anywhere.</summary>
public sealed class AbortStressTests
{
    private const int Workers = 12;
    private const int Each = 40;
    private const int MaxSize = 300_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_breaks_off_nothing_ends_as_if_it_were_whole_and_nothing_is_left(int seed)
    {
        await using var origin = await Origin.StartAsync(ServeAsync);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var http1 = new HttpClient { BaseAddress = proxy.Address };
        using var http2 = new HttpClient
        {
            BaseAddress = proxy.Http2Address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random((seed * 1000) + worker);
            for (var i = 0; i < Each; i++)
            {
                var plan = Plan.Of(random);
                try
                {
                    await (plan.Kind switch
                    {
                        0 => GetAsync(http1, plan),
                        1 => GetAsync(http2, plan),
                        2 => PostAsync(http1, plan),
                        3 => PostAsync(http2, plan),
                        4 => TalkAsync(proxy, isHttp2: false, plan),
                        _ => TalkAsync(proxy, isHttp2: true, plan),
                    });
                }
                catch (Exception exception) when (plan.IsBroken && exception is HttpRequestException or IOException or WebSocketException or OperationCanceledException)
                {
                    // As planned.
                }
            }
        })));
        await proxy.IdleAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Streams == 0, "no stream is open");
    }

    private static byte[] Bytes(Plan plan)
    {
        var bytes = new byte[plan.Size];
        new Random(plan.Seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task ServeAsync(HttpContext context)
    {
        var plan = Plan.Parse(context.Request.Query["plan"].ToString());
        if (context.WebSockets.IsWebSocketRequest)
        {
            await Sockets.EchoAsync(context, plan.ResetAt);
            return;
        }

        var answer = HttpMethods.IsPost(context.Request.Method) ? await HashAsync(context, plan) : Bytes(plan);
        if (answer is null)
        {
            return;
        }

        context.Response.ContentLength = answer.Length;
        var end = HttpMethods.IsPost(context.Request.Method) || plan.ResetAt < 0 ? answer.Length : plan.ResetAt;
        for (var at = 0; at < end; at += 10_000)
        {
            await context.Response.Body.WriteAsync(answer.AsMemory(at, Math.Min(10_000, end - at)));
        }

        if (end < answer.Length)
        {
            context.Abort();
        }
    }

    private static async Task<byte[]?> HashAsync(HttpContext context, Plan plan)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[10_000];
        var total = 0;
        int count;
        while ((count = await context.Request.Body.ReadAsync(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, count);
            total += count;
            if (plan.ResetAt >= 0 && total >= plan.ResetAt)
            {
                context.Abort();
                return null;
            }
        }

        return hash.GetHashAndReset();
    }

    private static async Task GetAsync(HttpClient client, Plan plan)
    {
        using var response = await client.GetAsync($"/?plan={plan}", HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Assert.True(plan.IsBroken, $"{response.StatusCode} for {plan}");
            return;
        }

        var expected = Bytes(plan);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[7_000];
        var total = 0;
        int count;
        while ((count = await body.ReadAsync(buffer)) > 0)
        {
            Assert.True(buffer.AsSpan(0, count).SequenceEqual(expected.AsSpan(total, count)), $"other bytes for {plan}");
            total += count;
            if (plan.AbortAt >= 0 && total >= plan.AbortAt)
            {
                return;
            }
        }

        Assert.True(total == plan.Size, $"{total} bytes for {plan}");
    }

    private static async Task PostAsync(HttpClient client, Plan plan)
    {
        var bytes = Bytes(plan);
        using var cancel = new CancellationTokenSource();
        using var content = new PushContent(bytes, plan.AbortAt, cancel);
        using var response = await client.PostAsync($"/?plan={plan}", content, cancel.Token);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Assert.True(plan.IsBroken, $"{response.StatusCode} for {plan}");
            return;
        }

        Assert.Equal(SHA256.HashData(bytes), await response.Content.ReadAsByteArrayAsync(cancel.Token));
    }

    private static async Task TalkAsync(Proxy proxy, bool isHttp2, Plan plan)
    {
        using var socket = await Sockets.OpenAsync(proxy, isHttp2, $"/?plan={plan}");
        var bytes = Bytes(plan);
        var sending = plan.Size == 0 ? Task.CompletedTask : socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        if (plan.AbortAt >= 0)
        {
            Assert.Equal(bytes[..plan.AbortAt], await Sockets.ReceiveAsync(socket, plan.AbortAt));
            socket.Abort();
            await sending.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
            return;
        }

        Assert.Equal(bytes, await Sockets.ReceiveAsync(socket, bytes.Length));
        await sending;
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        Assert.True(plan.ResetAt < 0, $"closed as if all were well for {plan}");
    }

    /// <summary>What is asked for and where it breaks; -1: nowhere.</summary>
    private sealed record Plan(int Kind, int Seed, int Size, int AbortAt, int ResetAt)
    {
        public bool IsBroken => AbortAt >= 0 || ResetAt >= 0;

        public static Plan Of(Random random)
        {
            var size = random.Next(3) == 0 ? random.Next(100) : random.Next(MaxSize);
            var fate = size == 0 ? 2 : random.Next(4);
            return new Plan(random.Next(6), random.Next(), size, fate == 0 ? random.Next(size) : -1, fate == 1 ? random.Next(size) : -1);
        }

        public static Plan Parse(string text)
        {
            var parts = text.Split('_').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            return new Plan(parts[0], parts[1], parts[2], parts[3], parts[4]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}_{Seed}_{Size}_{AbortAt}_{ResetAt}");
    }

    private sealed class PushContent(byte[] bytes, int abortAt, CancellationTokenSource cancel) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var end = abortAt >= 0 ? abortAt : bytes.Length;
            for (var at = 0; at < end; at += 10_000)
            {
                await stream.WriteAsync(bytes.AsMemory(at, Math.Min(10_000, end - at)));
            }

            if (abortAt >= 0)
            {
                await stream.FlushAsync();
                await cancel.CancelAsync();
                throw new IOException("Broken off.");
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
