using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using AkkaPerf.Http.Tests.Loopback;
using Grpc.Core;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>Hundreds of bodies, event streams, WebSockets and gRPC calls at once, of which clients and backends break off a good part anywhere.</summary>
public sealed class AbortStressTests
{
    private const int Workers = 12;
    private const int Each = 40;

    [Theory]
    [InlineData(1, ClientSide.Cleartext, false)]
    [InlineData(2, ClientSide.Cleartext, false)]
    [InlineData(3, ClientSide.Cleartext, false)]
    [InlineData(4, ClientSide.Cleartext, true)]
    [InlineData(5, ClientSide.Tls, true)]
    [InlineData(6, ClientSide.TlsDirect, true)]
    public async Task Whatever_breaks_off_nothing_ends_as_if_it_were_whole_and_nothing_is_left(int seed, ClientSide side, bool isBackendTls)
    {
        await using var servers = await AbortServers.StartAsync(side, isBackendTls);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random((seed * 1000) + worker);
            for (var i = 0; i < Each; i++)
            {
                await RunAsync(servers, AbortPlan.Of(random));
            }
        })));
        await servers.IdleAsync();
    }

    private static async Task RunAsync(AbortServers servers, AbortPlan plan)
    {
        try
        {
            await (plan.Kind switch
            {
                AbortKind.Upload => UploadAsync(servers.ClientOf(plan), plan),
                AbortKind.WebSocket => TalkAsync(servers, plan),
                AbortKind.Grpc => CallAsync(servers.Calls, plan),
                _ => DownloadAsync(servers.ClientOf(plan), plan),
            });
        }
        catch (Exception exception) when (plan.IsBroken && exception is HttpRequestException or IOException or WebSocketException or RpcException or OperationCanceledException)
        {
            // As planned.
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{plan}: {exception}");
        }
    }

    private static async Task DownloadAsync(HttpClient client, AbortPlan plan)
    {
        using var response = await client.GetAsync($"/?plan={plan}", HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Assert.True(plan.IsBroken, $"{response.StatusCode} for {plan}");
            return;
        }

        var expected = plan.Bytes();
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

    private static async Task UploadAsync(HttpClient client, AbortPlan plan)
    {
        var bytes = plan.Bytes();
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

    private static async Task TalkAsync(AbortServers servers, AbortPlan plan)
    {
        using var socket = await Sockets.OpenAsync(servers.ProxyOf(plan), plan.IsHttp2, $"/?plan={plan}", configure: null, servers.Tls);
        var bytes = plan.Bytes();
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

    private static async Task CallAsync(CallInvoker calls, AbortPlan plan)
    {
        var messages = Convert.ToBase64String(plan.Bytes()).Chunk(5_000).Select(static piece => new string(piece)).ToArray();
        using var call = calls.AsyncDuplexStreamingCall(GrpcOrigin.Talk, host: null, new CallOptions(new Metadata { { "plan", $"{plan}" } }));
        var sending = SendAsync();
        try
        {
            var (count, total) = (0, 0);
            await foreach (var answer in call.ResponseStream.ReadAllAsync())
            {
                Assert.True(answer == messages[count++], $"another message for {plan}");
                total += answer.Length;
                if (plan.AbortAt >= 0 && total >= plan.AbortAt)
                {
                    return;
                }
            }

            Assert.True(count == messages.Length && plan.ResetAt < 0, $"ended well after {count} messages for {plan}");
        }
        finally
        {
            call.Dispose();
            await sending.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
        }

        async Task SendAsync()
        {
            foreach (var message in messages)
            {
                await call.RequestStream.WriteAsync(message);
            }

            await call.RequestStream.CompleteAsync();
        }
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
