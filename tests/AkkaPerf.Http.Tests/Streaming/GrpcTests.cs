using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Grpc.Core;
using Grpc.Net.Client;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>gRPC from end to end, with its own client and server: HTTP/2 on both sides, trailers and all.</summary>
public sealed class GrpcTests
{
    [Fact]
    public async Task A_unary_call_has_its_headers_its_answer_and_its_trailers()
    {
        var service = new GrpcService
        {
            Unary = static async (request, call) =>
            {
                await call.WriteResponseHeadersAsync(new Metadata { { "x-head", call.RequestHeaders.GetValue("x-ask") ?? "" } });
                call.ResponseTrailers.Add("x-tail", "end");
                return request + "!";
            },
        };
        await using var origin = await GrpcOrigin.StartAsync(service);
        await using var proxy = await Proxy.ToAsync("", Http2, origin.Address);
        using var channel = GrpcChannel.ForAddress(proxy.Http2Address);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(
            GrpcOrigin.Unary, host: null, new CallOptions(new Metadata { { "x-ask", "asked" } }), "hello");
        Assert.Equal("hello!", await call.ResponseAsync);
        Assert.Equal("asked", (await call.ResponseHeadersAsync).GetValue("x-head"));
        Assert.Equal((StatusCode.OK, "end"), (call.GetStatus().StatusCode, call.GetTrailers().GetValue("x-tail")));
        await NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task A_status_that_is_no_success_passes_with_its_trailers()
    {
        var service = new GrpcService
        {
            Unary = static (_, _) => throw new RpcException(new Status(StatusCode.NotFound, "none such"), new Metadata { { "x-tail", "end" } }),
        };
        await using var origin = await GrpcOrigin.StartAsync(service);
        await using var proxy = await Proxy.ToAsync("", Http2, origin.Address);
        using var channel = GrpcChannel.ForAddress(proxy.Http2Address);
        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await channel.CreateCallInvoker().AsyncUnaryCall(GrpcOrigin.Unary, host: null, default, "x"));
        Assert.Equal((StatusCode.NotFound, "none such", "end"), (failure.StatusCode, failure.Status.Detail, failure.Trailers.GetValue("x-tail")));
    }

    [Fact]
    public async Task Streams_of_either_side_arrive_whole_and_in_order()
    {
        await using var origin = await GrpcOrigin.StartAsync(new GrpcService());
        await using var proxy = await Proxy.ToAsync("", Http2, origin.Address);
        using var channel = GrpcChannel.ForAddress(proxy.Http2Address);
        var calls = channel.CreateCallInvoker();

        using var download = calls.AsyncServerStreamingCall(GrpcOrigin.Download, host: null, default, "1000");
        var at = 0;
        await foreach (var answer in download.ResponseStream.ReadAllAsync())
        {
            Assert.Equal($"{at++}", answer);
        }

        Assert.Equal(1000, at);

        using var upload = calls.AsyncClientStreamingCall(GrpcOrigin.Upload, host: null, default);
        for (var i = 0; i < 100; i++)
        {
            await upload.RequestStream.WriteAsync(new string('x', 10_000));
        }

        await upload.RequestStream.CompleteAsync();
        Assert.Equal("1000000", await upload.ResponseAsync);
        await NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task A_talk_goes_back_and_forth_message_by_message()
    {
        await using var origin = await GrpcOrigin.StartAsync(new GrpcService());
        await using var proxy = await Proxy.ToAsync("", Http2, origin.Address);
        using var channel = GrpcChannel.ForAddress(proxy.Http2Address);
        using var talk = channel.CreateCallInvoker().AsyncDuplexStreamingCall(GrpcOrigin.Talk, host: null, default);
        for (var i = 0; i < 20; i++)
        {
            await talk.RequestStream.WriteAsync($"{i}");
            Assert.True(await talk.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal($"{i}", talk.ResponseStream.Current);
        }

        await talk.RequestStream.CompleteAsync();
        Assert.False(await talk.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.OK, talk.GetStatus().StatusCode);
        await NothingOpenAsync(proxy);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task A_long_call_is_a_stream_unless_there_are_too_many(int max)
    {
        var time = new StillTime();
        await using var origin = await GrpcOrigin.StartAsync(new GrpcService());
        await using var proxy = await Proxy.ToAsync(
            "",
            http =>
            {
                Http2(http);
                http.Time = time;
                http.MaxStreams = max;
            },
            origin.Address);
        using var channel = GrpcChannel.ForAddress(proxy.Http2Address);
        using var talk = channel.CreateCallInvoker().AsyncDuplexStreamingCall(GrpcOrigin.Talk, host: null, default);
        await SayAsync(talk, "early");
        Assert.Equal((1, 0), (proxy.Pipeline.Describe().Permits.InUse, proxy.Pipeline.Describe().Streams));
        await time.WaitedForAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        if (max > 0)
        {
            await proxy.IdleAsync();
            Assert.Equal(1, proxy.Pipeline.Describe().Streams);
            time.Advance(TimeSpan.FromHours(1));
        }

        await SayAsync(talk, "late");
        Assert.Equal((1 - max, max), (proxy.Pipeline.Describe().Permits.InUse, proxy.Pipeline.Describe().Streams));
        await talk.RequestStream.CompleteAsync();
        Assert.False(await talk.ResponseStream.MoveNext(CancellationToken.None));
        await NothingOpenAsync(proxy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_is_cancelled_is_cancelled_at_the_backend(bool isStream)
    {
        var time = new StillTime();
        var isCancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new GrpcService
        {
            Talk = async (requests, answers, call) =>
            {
                using (call.CancellationToken.Register(isCancelled.SetResult))
                {
                    await requests.MoveNext();
                    await answers.WriteAsync(requests.Current);
                    await isCancelled.Task;
                }
            },
        };
        await using var origin = await GrpcOrigin.StartAsync(service);
        await using var proxy = await Proxy.ToAsync(
            "",
            http =>
            {
                Http2(http);
                http.Time = time;
            },
            origin.Address);
        using var channel = GrpcChannel.ForAddress(proxy.Http2Address);
        using var cancel = new CancellationTokenSource();
        using var talk = channel.CreateCallInvoker().AsyncDuplexStreamingCall(GrpcOrigin.Talk, host: null, new CallOptions(cancellationToken: cancel.Token));
        await SayAsync(talk, "begun");
        if (isStream)
        {
            await time.WaitedForAsync(TimeSpan.FromSeconds(5));
            time.Advance(TimeSpan.FromSeconds(5));
            await proxy.IdleAsync();
        }

        await cancel.CancelAsync();
        await isCancelled.Task;
        await NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task A_deadline_that_passes_cancels_the_backends_call()
    {
        var isCancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new GrpcService
        {
            Unary = async (_, call) =>
            {
                Assert.True(call.Deadline < DateTime.MaxValue);
                using (call.CancellationToken.Register(isCancelled.SetResult))
                {
                    await isCancelled.Task;
                }

                return "";
            },
        };
        await using var origin = await GrpcOrigin.StartAsync(service);
        await using var proxy = await Proxy.ToAsync("", Http2, origin.Address);
        using var channel = GrpcChannel.ForAddress(proxy.Http2Address);
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await channel.CreateCallInvoker().AsyncUnaryCall(
            GrpcOrigin.Unary, host: null, new CallOptions(deadline: DateTime.UtcNow.AddMilliseconds(300)), "x"));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        await isCancelled.Task;
        await NothingOpenAsync(proxy);
    }

    [Fact]
    public async Task A_backend_that_speaks_http_1_only_is_a_502_where_http_2_is_wanted()
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("", Http2, origin.Address);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal(System.Net.HttpStatusCode.BadGateway, response.StatusCode);
        await proxy.IdleAsync();
    }

    private static void Http2(HttpPipelineOptions http) => http.BackendHttp = BackendHttp.Http2;

    private static async Task SayAsync(AsyncDuplexStreamingCall<string, string> talk, string words)
    {
        await talk.RequestStream.WriteAsync(words);
        Assert.True(await talk.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(words, talk.ResponseStream.Current);
    }

    private static async Task NothingOpenAsync(Proxy proxy)
    {
        await proxy.IdleAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Streams == 0, "no stream is open");
    }
}
