using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Express;

/// <summary>A connection of which the server sees only a part lives as long as any other.</summary>
public sealed class ExpressConnectionTests
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task An_idle_connection_is_closed_and_one_that_waits_for_its_answer_is_not()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var both = await BothWays.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/slow")
                {
                    asked.SetResult();
                    await answer.Task;
                }

                await context.Response.WriteAsync("text");
            },
            static kestrel => kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1));
        using var busy = await RawConnection.OpenAsync(both.Express);
        await busy.SendAsync("GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await asked.Task;
        using var idle = await RawConnection.OpenAsync(both.Express);
        await idle.SendAsync(Request);
        await idle.ReadThroughAsync("0\r\n\r\n");

        // It has waited for longer than an idle connection may when one is closed that began to be idle after it.
        Assert.Equal("", await idle.ReadToEndAsync());
        answer.SetResult();
        Assert.Contains("text", await busy.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_never_asks_is_closed()
    {
        await using var both = await BothWays.StartAsync(
            static context => context.Response.WriteAsync("text"),
            static kestrel => kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1));
        using var idle = await RawConnection.OpenAsync(both.Express);
        Assert.Equal("", await idle.ReadToEndAsync());
    }

    [Fact]
    public async Task A_head_that_never_ends_is_cut_off()
    {
        await using var both = await BothWays.StartAsync(
            static context => context.Response.WriteAsync("text"),
            static kestrel => kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1));
        using var slow = await RawConnection.OpenAsync(both.Express);
        await slow.SendAsync(Request);
        await slow.ReadThroughAsync("0\r\n\r\n");
        await slow.SendAsync("GET /half HTTP/1.1\r\nHo");
        Assert.Contains("408", await slow.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_looks_at_an_aborted_request_later_than_its_end_is_not_told()
    {
        var told = 0;
        await using var both = await BothWays.StartAsync(context =>
        {
            context.RequestAborted.Register(() => Interlocked.Increment(ref told));
            return context.Response.WriteAsync("text");
        });
        for (var i = 0; i < 3; i++)
        {
            using var client = await RawConnection.OpenAsync(both.Express);
            await client.SendAsync(Request + Request);
            await client.ReadThroughAsync("0\r\n\r\n");
            await client.ReadThroughAsync("0\r\n\r\n");
        }

        await both.StopAsync();
        Assert.Equal((0, 6), (told, both.ExpressCount));
    }

    [Fact]
    public async Task Behind_an_aborted_answer_nothing_is_asked()
    {
        await using var both = await BothWays.StartAsync(static context =>
        {
            context.Response.ContentLength = 10;
            context.Abort();
            return Task.CompletedTask;
        });
        using var client = await RawConnection.OpenAsync(both.Express);
        await client.SendAsync(Request + Request + Request);
        try
        {
            Assert.Equal("", await client.ReadToEndAsync());
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        await both.StopAsync();
        Assert.Equal(1, both.ExpressCount);
    }

    [Fact]
    public async Task Services_and_callbacks_of_a_request_end_even_if_its_answer_cannot()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var both = await BothWays.StartAsync(context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Abort();
                throw new InvalidOperationException("planned");
            });
            context.Response.OnCompleted(() =>
            {
                ended.SetResult();
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
        using var client = await RawConnection.OpenAsync(both.Express);
        await client.SendAsync(Request);
        await ended.Task;
    }

    [Fact]
    public async Task Who_goes_ends_his_request()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var both = await BothWays.StartAsync(async context =>
        {
            asked.SetResult();
            await using (context.RequestAborted.Register(ended.SetResult))
            {
                await ended.Task;
            }
        });
        using var client = await RawConnection.OpenAsync(both.Express);
        await client.SendAsync(Request);
        await asked.Task;
        client.Abort();
        await ended.Task;
        Assert.Equal(1, both.ExpressCount);
    }

    [Fact]
    public async Task A_server_that_stops_ends_idle_connections_and_what_is_asked_is_answered()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var both = await BothWays.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                asked.SetResult();
                await answer.Task;
            }

            await context.Response.WriteAsync("text");
        });
        using var idle = await RawConnection.OpenAsync(both.Express);
        await idle.SendAsync(Request);
        await idle.ReadThroughAsync("0\r\n\r\n");
        using var busy = await RawConnection.OpenAsync(both.Express);
        await busy.SendAsync("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        await asked.Task;
        var stopping = both.StopAsync();
        Assert.Equal("", await idle.ReadToEndAsync());
        Assert.False(stopping.IsCompleted);
        answer.SetResult();
        Assert.Contains("text", await busy.ReadToEndAsync(), StringComparison.Ordinal);
        await stopping;
        Assert.Equal(2, both.ExpressCount);
    }

    [Fact]
    public async Task Requests_sent_together_are_answered_in_order_whichever_way_they_go()
    {
        await using var both = await BothWays.StartAsync(static async context =>
        {
            await Task.Yield();
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync(context.Request.Path.Value!.PadRight(3_000, '.') + "|");
        });
        var requests = string.Concat(Enumerable.Range(0, 199).Select(static i => (i % 7) switch
        {
            3 => $"GET /%61{i} HTTP/1.1\r\nHost: a\r\n\r\n",
            5 when i > 150 => $"POST /a{i} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET",
            _ => $"GET /a{i} HTTP/1.1\r\nHost: a\r\n{(i == 198 ? "Connection: close\r\n" : "")}\r\n",
        }));
        var answers = await RawConnection.AskAsync(both.Express, requests);
        var at = -1;
        for (var i = 0; i < 199; i++)
        {
            var next = answers.IndexOf($"/a{i}.", StringComparison.Ordinal);
            Assert.InRange(next, at + 1, int.MaxValue);
            at = next;
        }

        Assert.InRange(both.ExpressCount, 100, 160);
    }

    [Fact]
    public async Task A_request_that_fails_leaves_the_connection_to_the_next()
    {
        await using var both = await BothWays.StartAsync(static context =>
            context.Request.Path == "/bad" ? throw new InvalidOperationException("planned") : context.Response.WriteAsync("text"));
        var answers = await RawConnection.AskAsync(both.Express, "GET /bad HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 500 ", answers, StringComparison.Ordinal);
        Assert.Contains("text", answers, StringComparison.Ordinal);
        var (_, id, level, text) = Assert.Single(both.Log.All);
        Assert.Equal((710, LogLevel.Error), (id, level));
        Assert.Matches("^Request [0-9A-Z]+:E0000001 failed by an exception of the application.$", text);
    }

    [Fact]
    public async Task A_request_that_the_application_finds_bad_is_said_quietly()
    {
        await using var both = await BothWays.StartAsync(static _ => throw new BadHttpRequestException("planned", 413));
        Assert.StartsWith(
            "HTTP/1.1 413 ",
            await RawConnection.AskAsync(both.Express, Request),
            StringComparison.Ordinal);
        var (_, id, level, text) = Assert.Single(both.Log.All);
        Assert.Equal((711, LogLevel.Debug), (id, level));
        Assert.EndsWith(" is bad: planned", text, StringComparison.Ordinal);
    }
}
