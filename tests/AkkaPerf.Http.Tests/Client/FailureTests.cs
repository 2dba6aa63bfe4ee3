using System.Net;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Client;

public sealed class FailureTests
{
    [Theory]
    [InlineData(RefusalReason.RateLimited, 429)]
    [InlineData(RefusalReason.QueueFull, 503)]
    [InlineData(RefusalReason.NoHealthyBackend, 503)]
    [InlineData(RefusalReason.NoConnection, 503)]
    [InlineData(RefusalReason.PipelineStopping, 503)]
    [InlineData(RefusalReason.PipelineRestarting, 503)]
    [InlineData(RefusalReason.DeadlinePassed, 504)]
    public void Every_reason_has_the_status_that_a_gateway_would_answer(RefusalReason reason, int status)
    {
        var refusal = new PipelineRefusedException(reason, TimeSpan.FromSeconds(2));
        Assert.Equal((reason, status, TimeSpan.FromSeconds(2)), (refusal.Reason, (int)refusal.StatusCode!, refusal.RetryAfter));
        Assert.Contains("Retry after 2 s", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_a_second_are_refused_with_a_time_to_come_again()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var shop = await Shop.OpenAsync("throttle { rate = 1, burst = 1, queue = 0 }", origin.Address);
        (await shop.Client.PostAsync("/", content: null)).Dispose();
        var refusal = await Assert.ThrowsAsync<PipelineRefusedException>(() => shop.Client.PostAsync("/", content: null));
        Assert.Equal((RefusalReason.RateLimited, HttpStatusCode.TooManyRequests), (refusal.Reason, refusal.StatusCode));
        Assert.InRange(refusal.RetryAfter!.Value.TotalSeconds, 0, 1);
    }

    [Fact]
    public async Task A_full_pipeline_refuses_callers_and_visitors_alike()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(_ => mayAnswer.Task);
        await using var shop = await Shop.OpenAsync("throttle { concurrency = 1, queue = 0 }", origin.Address);
        using var visitor = new HttpClient { BaseAddress = shop.Address };
        var first = visitor.PostAsync("/", content: null);
        await Until.TrueAsync(() => shop.Pipeline.Describe().Permits.InUse == 1, "the visitor's runs");
        var refusal = await Assert.ThrowsAsync<PipelineRefusedException>(() => shop.Client.PostAsync("/", content: null));
        Assert.Equal((RefusalReason.QueueFull, HttpStatusCode.ServiceUnavailable), (refusal.Reason, refusal.StatusCode));
        mayAnswer.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    [Fact]
    public async Task No_backend_and_an_end_are_refusals_too()
    {
        await using var origin = await Origin.StartAsync(_ => Task.CompletedTask);
        await using var shop = await Shop.OpenAsync(origin.Address);
        shop.Pipeline.Backends!.Drain("b0");
        var refusal = await Assert.ThrowsAsync<PipelineRefusedException>(() => shop.Client.GetAsync("/"));
        Assert.Equal((RefusalReason.NoHealthyBackend, HttpRequestError.ConnectionError), (refusal.Reason, refusal.HttpRequestError));
        await shop.Pipeline.DrainAsync();
        refusal = await Assert.ThrowsAsync<PipelineRefusedException>(() => shop.Client.GetAsync("/"));
        Assert.Equal(RefusalReason.PipelineStopping, refusal.Reason);
    }

    [Theory]
    [InlineData("timeout = 2s", null)]
    [InlineData("timeout = 1h", 2)]
    public async Task The_pipelines_timeout_looks_like_that_of_a_client(string hocon, int? seconds)
    {
        var time = new StillTime();
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(HangAsync(hasBegun, isGone));
        await using var shop = await Shop.OpenAsync(hocon, http => http.Time = time, addTo: null, origin.Address);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        if (seconds is { } shorter)
        {
            request.Options.Set(PipelineRequestOptions.Timeout, TimeSpan.FromSeconds(shorter));
        }

        var asking = shop.Client.SendAsync(request);
        await hasBegun.Task;
        time.Advance(TimeSpan.FromSeconds(3));
        var failure = await Assert.ThrowsAsync<TaskCanceledException>(() => asking);
        var refusal = Assert.IsType<PipelineRefusedException>(Assert.IsType<TimeoutException>(failure.InnerException).InnerException);
        Assert.Equal((RefusalReason.DeadlinePassed, HttpStatusCode.GatewayTimeout), (refusal.Reason, refusal.StatusCode));
        await isGone.Task;
        await shop.IdleAsync();
    }

    [Fact]
    public async Task The_clients_own_timeout_works()
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(HangAsync(hasBegun, isGone));
        await using var shop = await Shop.OpenAsync(origin.Address);
        shop.Client.Timeout = TimeSpan.FromMilliseconds(50);
        var failure = await Assert.ThrowsAsync<TaskCanceledException>(() => shop.Client.GetAsync("/"));
        Assert.IsType<TimeoutException>(failure.InnerException);

        // Whether it got as far as the backend or not.
        await shop.IdleAsync();
    }

    [Theory]
    [InlineData(HttpCompletionOption.ResponseContentRead)]
    [InlineData(HttpCompletionOption.ResponseHeadersRead)]
    public async Task A_cancelled_call_is_broken_off_and_has_its_callers_token(HttpCompletionOption completion)
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.RequestAborted.Register(isGone.SetResult);
            if (completion == HttpCompletionOption.ResponseContentRead)
            {
                // In mid-body then.
                await context.Response.WriteAsync("begun");
                await context.Response.Body.FlushAsync();
            }

            hasBegun.SetResult();
            await isGone.Task;
        });
        await using var shop = await Shop.OpenAsync(origin.Address);
        using var leaving = new CancellationTokenSource();
        var asking = shop.Client.GetAsync("/", completion, leaving.Token);
        await hasBegun.Task;
        await leaving.CancelAsync();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(leaving.Token, failure.CancellationToken);
        await isGone.Task;
        await shop.IdleAsync();
        Assert.Equal(0, shop.Pipeline.Describe().Backends[0].Failed);
        using var cancelled = new HttpRequestMessage(HttpMethod.Get, "/");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shop.Client.SendAsync(cancelled, leaving.Token));
    }

    [Fact]
    public async Task A_backend_that_cannot_be_reached_is_the_failure_that_it_is_without_a_pipeline()
    {
        using var closed = new ClosedPort();
        await using var shop = await Shop.OpenAsync(closed.Address);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => shop.Client.GetAsync("/"));
        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        await shop.IdleAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")]
    public async Task A_backend_that_fails_before_its_head_is_a_failure(string answer)
    {
        await using var origin = RawOrigin.Answering(answer);
        await using var shop = await Shop.OpenAsync("retry.attempts = 0", origin.Address);
        await Assert.ThrowsAsync<HttpRequestException>(() => shop.Client.PostAsync("/", content: null));
        await shop.IdleAsync();
        Assert.Equal(1, shop.Pipeline.Describe().Backends[0].Failed);
    }

    [Fact]
    public async Task A_backend_that_dies_costs_nothing_that_may_be_repeated()
    {
        await using var dying = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Le");
            connection.Abort();
        });
        await using var other = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
        await using var shop = await Shop.OpenAsync("balancing.policy = round-robin", dying.Address, other.Address);
        for (var i = 0; dying.Heads.IsEmpty; i++)
        {
            Assert.InRange(i, 0, 1);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/{i}");
            request.Headers.Add("X-Mark", "kept");
            using var response = await shop.Client.SendAsync(request);
            Assert.Equal("other", await response.Content.ReadAsStringAsync());
        }

        Assert.Contains("X-Mark: kept\r\n", Assert.Single(dying.Heads), StringComparison.Ordinal);
        Assert.All(other.Heads, head => Assert.Contains("X-Mark: kept\r\n", head, StringComparison.Ordinal));
        Assert.Equal(1, shop.Pipeline.Describe().Retrying!.Retries);
        await shop.IdleAsync();
    }

    [Fact]
    public async Task A_503_is_a_response_and_is_bettered_if_that_is_wanted()
    {
        await using var unavailable = RawOrigin.Answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nsorry");
        await using var alone = await Shop.OpenAsync(unavailable.Address);
        using var response = await alone.Client.GetAsync("/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "sorry"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        await using var other = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
        await using var both = await Shop.OpenAsync("", http => http.RetryUnavailable = true, addTo: null, unavailable.Address, other.Address);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("other", await both.Client.GetStringAsync("/"));
        }
    }

    [Fact]
    public async Task A_slow_backend_is_hedged_with_its_content_and_its_call_is_broken_off()
    {
        var isBrokenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hangs = 0;
        RequestDelegate handle = async context =>
        {
            if (context.Request.Path == "/slow" && Interlocked.Exchange(ref hangs, 1) == 0)
            {
                using (context.RequestAborted.Register(isBrokenOff.SetResult))
                {
                    await isBrokenOff.Task;
                }

                return;
            }

            await context.Request.Body.CopyToAsync(context.Response.Body);
        };
        await using var one = await Origin.StartAsync(handle);
        await using var two = await Origin.StartAsync(handle);
        await using var shop = await Shop.OpenAsync("hedge { enabled = on, min-samples = 10, min-delay = 50ms }", one.Address, two.Address);
        for (var i = 0; i < 10; i++)
        {
            await shop.Client.GetStringAsync("/");
        }

        using var response = await shop.Client.PutAsync("/slow", new StringContent("hello"));
        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        await isBrokenOff.Task;
        await shop.IdleAsync();
        Assert.Equal(1, shop.Pipeline.Describe().Retrying!.HedgesWon);
    }

    [Fact]
    public async Task A_drain_breaks_off_at_its_end_what_is_still_read()
    {
        await using var origin = await Origin.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        });
        await using var shop = await Shop.OpenAsync("drain-timeout = 200ms", origin.Address);
        using var response = await shop.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[5]);
        var reading = body.ReadAsync(new byte[5]).AsTask();
        await shop.Pipeline.DrainAsync();
        await Assert.ThrowsAsync<IOException>(() => reading);
    }

    private static RequestDelegate HangAsync(TaskCompletionSource hasBegun, TaskCompletionSource isGone) => async context =>
    {
        context.RequestAborted.Register(() => isGone.TrySetResult());
        hasBegun.TrySetResult();
        await isGone.Task;
    };
}
