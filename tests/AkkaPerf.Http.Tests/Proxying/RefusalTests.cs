using System.Globalization;
using System.Net;
using System.Text.Json;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Pipeline;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class RefusalTests
{
    [Fact]
    public async Task Too_many_a_second_is_a_429_with_a_time_to_come_again()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync("throttle { rate = 1, burst = 1, queue = 0 }", configure: null, origin.Address);
        using var first = await proxy.Client.PostAsync("/", content: null);
        using var second = await proxy.Client.PostAsync("/", content: null);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await AssertRefusedAsync(second, HttpStatusCode.TooManyRequests, "rate-limited");
    }

    [Fact]
    public async Task A_full_pipeline_is_a_503_with_a_time_to_come_again()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(_ => mayAnswer.Task);
        await using var proxy = await Proxy.ToAsync("throttle { concurrency = 1, queue = 0 }", configure: null, origin.Address);
        var first = proxy.Client.PostAsync("/", content: null);
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Permits.InUse == 1, "the first runs");
        using var second = await proxy.Client.PostAsync("/", content: null);
        await AssertRefusedAsync(second, HttpStatusCode.ServiceUnavailable, "queue-full");
        mayAnswer.SetResult();
        using var response = await first;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(RefusalReason.RateLimited, 429, "rate-limited")]
    [InlineData(RefusalReason.DeadlinePassed, 504, "deadline-passed")]
    [InlineData(RefusalReason.QueueFull, 503, "queue-full")]
    [InlineData(RefusalReason.NoHealthyBackend, 503, "no-healthy-backend")]
    [InlineData(RefusalReason.NoConnection, 503, "no-connection")]
    [InlineData(RefusalReason.PipelineStopping, 503, "pipeline-stopping")]
    [InlineData(RefusalReason.PipelineRestarting, 503, "pipeline-restarting")]
    public async Task Every_reason_has_its_status_and_tells_when_to_come_again_where_that_helps(RefusalReason reason, int status, string told)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await Problem.Of(reason).WriteToAsync(context, TimeSpan.FromSeconds(1.2));
        await context.Response.CompleteAsync();
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal("application/problem+json", context.Response.ContentType);
        Assert.Contains(context.Response.Headers.RetryAfter.ToString(), status == 504 ? [""] : new[] { "2", "3" });
        using var json = JsonDocument.Parse(body.ToArray());
        Assert.Equal(["type", "title", "status", "reason"], json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(told, json.RootElement.GetProperty("reason").GetString());
        Assert.Equal(status, json.RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task No_backend_to_pick_is_a_503()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.ToAsync(origin.Address);
        proxy.Pipeline.Backends!.Drain("b0");
        using var response = await proxy.Client.GetAsync("/");
        await AssertRefusedAsync(response, HttpStatusCode.ServiceUnavailable, "no-healthy-backend");
    }

    [Fact]
    public async Task A_drained_pipeline_is_a_503_and_what_was_inside_is_finished()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            await mayAnswer.Task;
            await context.Response.WriteAsync("finished");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        var inside = proxy.Client.GetStringAsync("/");
        await Until.TrueAsync(() => proxy.Pipeline.Describe().Permits.InUse == 1, "it runs");
        var drain = proxy.Pipeline.DrainAsync();
        await Until.TrueAsync(() => proxy.Pipeline.Describe().State == PipelineState.Draining, "the door is closed");
        using var response = await proxy.Client.GetAsync("/other");
        await AssertRefusedAsync(response, HttpStatusCode.ServiceUnavailable, "pipeline-stopping");
        mayAnswer.SetResult();
        Assert.Equal("finished", await inside);
        await drain;
    }

    [Fact]
    public async Task A_drain_waits_for_a_body_that_is_still_going_out()
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await mayEnd.Task;
            await context.Response.WriteAsync(" and finished");
        });
        await using var proxy = await Proxy.ToAsync(origin.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        await client.ReadThroughAsync("begun");
        var drain = proxy.Pipeline.DrainAsync();
        Assert.False(drain.IsCompleted);
        mayEnd.SetResult();
        Assert.Contains(" and finished", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await drain;
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode status, string reason)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.InRange(int.Parse(response.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture), 1, 60);
        Assert.Contains($"\"reason\":\"{reason}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
