using System.Net;
using System.Text;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Sending;

/// <summary>A server whose writers send themselves.</summary>
public sealed class DirectSendingTests
{
    // More than both sides' kernels hold.
    private const int Much = 64 * 1024 * 1024;

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        await using var app = await StartAsync(static context => context.Response.WriteAsync(new string('x', 20_000) + context.Request.Path));
        var requests = string.Concat(Enumerable.Range(0, 50).Select(static i => $"GET /{i} HTTP/1.1\r\nHost: a\r\n{(i == 49 ? "Connection: close\r\n" : "")}\r\n"));
        var answers = await RawConnection.AskAsync(new Uri(app.Urls.First()), requests);
        var at = -1;
        for (var i = 0; i < 50; i++)
        {
            at = answers.IndexOf($"x/{i}\r\n", at + 1, StringComparison.Ordinal);
            Assert.NotEqual(-1, at);
        }
    }

    [Fact]
    public async Task The_last_answer_of_a_connection_is_whole()
    {
        var body = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Range(0, 1_000_000).Select(static i => (char)('a' + (i % 23)))));
        await using var app = await StartAsync(async context =>
        {
            context.Response.ContentLength = body.Length;
            await context.Response.BodyWriter.WriteAsync(body);
        });
        var answer = await RawConnection.AskAsync(new Uri(app.Urls.First()), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(Encoding.Latin1.GetString(body), answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }

    [Fact]
    public async Task A_client_that_leaves_while_its_answer_waits_ends_the_wait()
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(async context =>
        {
            context.Response.ContentLength = Much;
            var flush = context.Response.BodyWriter.WriteAsync(new byte[Much]);
            Assert.False(flush.IsCompleted);
            waits.SetResult();
            await flush;
            ended.SetResult();
        });
        var client = await RawConnection.OpenAsync(new Uri(app.Urls.First()));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await waits.Task;
        client.Dispose();
        await ended.Task;
    }

    [Fact]
    public async Task A_reader_slower_than_the_server_allows_is_cut_off()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(
            async context =>
            {
                context.Response.ContentLength = Much;
                for (var i = 0; i < Much / 65536; i++)
                {
                    await context.Response.BodyWriter.WriteAsync(new byte[65536]);
                }

                ended.SetResult();
            },
            static kestrel => kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 1_000_000_000, TimeSpan.FromSeconds(1.1)));
        using var client = await RawConnection.OpenAsync(new Uri(app.Urls.First()));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await ended.Task;
    }

    [Fact]
    public async Task A_server_that_stops_now_waits_for_no_reader()
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(async context =>
        {
            context.Response.ContentLength = Much;
            var flush = context.Response.BodyWriter.WriteAsync(new byte[Much]);
            waits.SetResult();
            await flush;
        });
        using var client = await RawConnection.OpenAsync(new Uri(app.Urls.First()));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await waits.Task;
        await app.StopAsync(new CancellationToken(canceled: true));
    }

    private static async Task<WebApplication> StartAsync(
        RequestDelegate handle, Action<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>? serve = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            serve?.Invoke(kestrel);
            kestrel.Listen(IPAddress.Loopback, port: 0, static listener => listener.SendDirectly());
        });
        var app = builder.Build();
        app.Run(handle);
        await app.StartAsync();
        return app;
    }
}
