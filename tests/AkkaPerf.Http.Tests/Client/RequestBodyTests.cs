using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Client;

public sealed class RequestBodyTests
{
    private const string Broken = "HTTP/1.1 200 OK\r\nContent-Le";

    public static TheoryData<string> Kinds => [.. Contents.Keys];

    private static Dictionary<string, (Func<HttpContent> Make, string? Text, bool IsReplayable)> Contents { get; } = new(StringComparer.Ordinal)
    {
        ["bytes"] = (() => new ByteArrayContent("hello"u8.ToArray()), "hello", true),
        ["string"] = (() => new StringContent("hello"), "hello", true),
        ["form"] = (() => new FormUrlEncodedContent([new("a", "1"), new("b", "2")]), "a=1&b=2", true),
        ["memory"] = (() => new ReadOnlyMemoryContent("hello"u8.ToArray()), "hello", true),
        ["json"] = (() => JsonContent.Create(new[] { 1, 2 }), "[1,2]", true),
        ["parts"] = (() => new MultipartFormDataContent("x") { { new StringContent("hello"), "a" } }, null, true),
        ["parts of a stream"] = (() => new MultipartFormDataContent("x") { { new StreamContent(new MemoryStream("hello"u8.ToArray())), "a" } }, null, false),
        ["stream"] = (() => new StreamContent(new MemoryStream("hello"u8.ToArray())), "hello", false),
        ["pushed"] = (() => new PushedContent(static async stream => await stream.WriteAsync("hello"u8.ToArray())), "hello", false),
        ["pushed at once"] = (
            () => new PushedContent(static stream =>
            {
                stream.Write("hel"u8);
                stream.Flush();
                stream.Write([.. "lo"u8], 0, 2);
                return Task.CompletedTask;
            }),
            "hello",
            false),
        ["empty"] = (() => new ByteArrayContent([]), "", true),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_kind_of_content_arrives_with_its_headers(string kind)
    {
        var (make, text, _) = Contents[kind];
        byte[] expected;
        using (var reference = make())
        {
            expected = await reference.ReadAsByteArrayAsync();
        }

        await using var origin = await Origin.StartAsync(async context =>
        {
            context.Response.Headers["X-Type"] = context.Request.ContentType ?? "none";
            context.Response.Headers["X-Length"] = context.Request.ContentLength?.ToString() ?? "chunked";
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });
        await using var shop = await Shop.OpenAsync(origin.Address);
        using var content = make();
        using var response = await shop.Client.PostAsync("/", content);
        Assert.Equal(expected, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(text ?? Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(expected));
        Assert.Equal(content.Headers.ContentType?.ToString() ?? "none", response.Headers.GetValues("X-Type").Single());
        Assert.Equal(content.Headers.ContentLength?.ToString() ?? "chunked", response.Headers.GetValues("X-Length").Single());
        await shop.IdleAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_idempotent_call_goes_to_another_backend_if_its_content_can_be_sent_again(string kind)
    {
        await using var dying = DiesAfterTheBody();
        await using var other = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var shop = await Shop.OpenAsync("balancing.policy = round-robin", dying.Address, other.Address);
        var (make, _, isReplayable) = Contents[kind];
        for (var i = 0; dying.Heads.IsEmpty; i++)
        {
            Assert.InRange(i, 0, 1);
            using var content = make();
            using var reference = make();
            var asking = shop.Client.PutAsync("/", content);
            await Record.ExceptionAsync(() => asking);
            if (!dying.Heads.IsEmpty && !isReplayable)
            {
                var failure = await Assert.ThrowsAsync<HttpRequestException>(() => asking);
                Assert.Equal(HttpRequestError.ResponseEnded, failure.HttpRequestError);
            }
            else
            {
                Assert.Equal(await reference.ReadAsByteArrayAsync(), await (await asking).Content.ReadAsByteArrayAsync());
            }
        }

        Assert.Equal(isReplayable ? 1 : 0, shop.Pipeline.Describe().Retrying!.Retries);
        await shop.IdleAsync();
    }

    [Theory]
    [InlineData("POST", null, false)]
    [InlineData("POST", true, true)]
    [InlineData("PUT", false, false)]
    public async Task A_caller_may_say_whether_a_call_may_be_repeated(string method, bool? says, bool isRepeated)
    {
        await using var dying = DiesAfterTheBody();
        await using var other = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var shop = await Shop.OpenAsync("balancing.policy = round-robin", dying.Address, other.Address);
        for (var i = 0; dying.Heads.IsEmpty; i++)
        {
            Assert.InRange(i, 0, 1);
            using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = new StringContent("hello") };
            if (says is { } isRepeatable)
            {
                request.Options.Set(PipelineRequestOptions.Repeatable, isRepeatable);
            }

            var asking = shop.Client.SendAsync(request);
            await Record.ExceptionAsync(() => asking);
            Assert.Equal(dying.Heads.IsEmpty || isRepeated, asking.IsCompletedSuccessfully);
        }

        Assert.Equal(isRepeated ? 1 : 0, shop.Pipeline.Describe().Retrying!.Retries);
    }

    [Fact]
    public async Task Any_content_goes_to_another_backend_if_the_first_could_not_be_reached()
    {
        await using var origin = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        using var closed = new ClosedPort();
        await using var shop = await Shop.OpenAsync(closed.Address, origin.Address);
        for (var i = 0; i < 10; i++)
        {
            using var response = await shop.Client.PostAsync("/", new StreamContent(new MemoryStream("hello"u8.ToArray())));
            Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_content_that_fails_throws_what_it_threw_and_speaks_against_no_backend()
    {
        await using var one = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(Stream.Null));
        await using var two = await Origin.StartAsync(context => context.Request.Body.CopyToAsync(Stream.Null));
        await using var shop = await Shop.OpenAsync(one.Address, two.Address);
        var failure = await Assert.ThrowsAsync<FormatException>(() => shop.Client.PutAsync("/", new PushedContent(static async stream =>
        {
            await stream.WriteAsync("begun"u8.ToArray());
            throw new FormatException("mine");
        })));
        Assert.Equal("mine", failure.Message);
        await shop.IdleAsync();
        Assert.All(shop.Pipeline.Describe().Backends, backend => Assert.Equal(0, backend.Failed));
        Assert.Equal(0, shop.Pipeline.Describe().Retrying!.Retries);
    }

    [Fact]
    public async Task A_caller_who_cancels_has_his_content_to_himself()
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.RequestAborted.Register(isGone.SetResult);
            await context.Request.Body.ReadExactlyAsync(new byte[5]);
            hasBegun.SetResult();
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        });
        await using var shop = await Shop.OpenAsync(origin.Address);
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var late = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leaving = new CancellationTokenSource();
        var asking = shop.Client.PutAsync(
            "/",
            new PushedContent(async stream =>
            {
                await stream.WriteAsync("begun"u8.ToArray());
                await stream.FlushAsync();
                await mayGoOn.Task;
                late.SetResult(await Record.ExceptionAsync(async () => await stream.WriteAsync("secret"u8.ToArray())));
            }),
            leaving.Token);
        await hasBegun.Task;
        await leaving.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(leaving.Token, cancelled.CancellationToken);
        mayGoOn.SetResult();
        Assert.NotNull(await late.Task);
        await isGone.Task;
        await shop.IdleAsync();
    }

    [Fact]
    public async Task A_large_content_is_streamed_as_fast_as_the_backend_takes_it()
    {
        const long Large = 64L * 1024 * 1024;
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var received = 0L;
        await using var origin = await Origin.StartAsync(async context =>
        {
            await mayRead.Task;
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = await context.Request.Body.ReadAsync(buffer)) > 0)
            {
                received += count;
            }
        });
        await using var small = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var shop = await Shop.OpenAsync(origin.Address);
        await using var other = await Shop.OpenAsync(small.Address);
        var sent = 0L;
        var asking = shop.Client.PostAsync("/", new PushedContent(async stream =>
        {
            var chunk = new byte[64 * 1024];
            while (Volatile.Read(ref sent) < Large)
            {
                await stream.WriteAsync(chunk);
                Interlocked.Add(ref sent, chunk.Length);
            }
        }));
        for (var i = 0; i < 200; i++)
        {
            (await other.Client.PostAsync("/", content: null)).Dispose();
        }

        Assert.InRange(Volatile.Read(ref sent), 0, Large / 2);
        mayRead.SetResult();
        using var response = await asking;
        Assert.Equal((HttpStatusCode.OK, Large), (response.StatusCode, received));
    }

    private static RawOrigin DiesAfterTheBody() => RawOrigin.Start(async connection =>
    {
        if (connection.Head.Contains("Transfer-Encoding: chunked\r\n", StringComparison.Ordinal))
        {
            await connection.ReadThroughAsync("0\r\n\r\n");
        }
        else if (!connection.Head.Contains("Content-Length: 0\r\n", StringComparison.Ordinal))
        {
            var text = connection.Head.Split("Content-Length: ")[1].Split("\r\n")[0];
            await connection.SkipAsync(int.Parse(text, CultureInfo.InvariantCulture));
        }

        await connection.SendAsync(Broken);
        connection.Close();
    });

    private sealed class PushedContent(Func<Stream, Task> push) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => push(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
