using System.Net;
using AkkaPerf.Http.Tests.Loopback;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

public sealed class RetryTests
{
    private const string Unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\nAge: 3\r\n\r\nsorry";

    [Theory]
    [InlineData("GET", true)]
    [InlineData("POST", false)]
    public async Task A_backend_that_dies_before_its_head_costs_nothing_that_may_be_repeated(string method, bool isRepeated)
    {
        await using var dying = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Le");
            connection.Abort();
        });
        await using var other = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
        await using var proxy = await Proxy.ToAsync("balancing.policy = round-robin", configure: null, dying.Address, other.Address);
        var last = default(HttpStatusCode);

        // The first or the second.
        for (var i = 0; dying.Heads.IsEmpty; i++)
        {
            Assert.InRange(i, 0, 1);
            using var response = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/{i}"));
            last = response.StatusCode;
        }

        Assert.Equal(isRepeated ? HttpStatusCode.OK : HttpStatusCode.BadGateway, last);
        Assert.Single(dying.Heads);
        Assert.Equal(isRepeated ? 1 : 0, proxy.Pipeline.Describe().Retrying!.Retries);
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task Without_retries_it_is_a_502()
    {
        await using var dying = RawOrigin.Start(connection =>
        {
            connection.Abort();
            return Task.CompletedTask;
        });
        await using var other = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("retry.attempts = 0\n balancing.policy = round-robin", configure: null, dying.Address, other.Address);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 2; i++)
        {
            using var response = await proxy.Client.GetAsync($"/{i}");
            statuses.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadGateway], statuses.Order());
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData("GET", true, true)]
    [InlineData("GET", false, false)]
    [InlineData("POST", true, false)]
    public async Task A_503_is_bettered_by_another_backend_if_that_is_wanted_and_may_be(string method, bool isWanted, bool isBettered)
    {
        await using var unavailable = RawOrigin.Answering(Unavailable);
        await using var other = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
        await using var proxy = await Proxy.ToAsync(
            "balancing.policy = round-robin", http => http.RetryUnavailable = isWanted, unavailable.Address, other.Address);
        var last = "";
        for (var i = 0; unavailable.Heads.IsEmpty; i++)
        {
            Assert.InRange(i, 0, 1);
            using var response = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/{i}"));
            last = await response.Content.ReadAsStringAsync();
        }

        Assert.Equal(isBettered ? "other" : "sorry", last);
        Assert.Single(unavailable.Heads);
        await proxy.IdleAsync();
        Assert.Equal(1, proxy.Pipeline.Describe().Backends[0].Failed);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nsorry", "sorry")]
    [InlineData("Retry-After: 60\r\nContent-Length: 5\r\n\r\nsorry", "sorry")]
    public async Task A_503_that_nobody_betters_passes_as_it_came(string rest, string body)
    {
        await using var one = RawOrigin.Answering("HTTP/1.1 503 Service Unavailable\r\nAge: 3\r\n" + rest);
        await using var two = RawOrigin.Answering("HTTP/1.1 503 Service Unavailable\r\nAge: 3\r\n" + rest);
        await using var proxy = await Proxy.ToAsync("", http => http.RetryUnavailable = true, one.Address, two.Address);

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, body), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.Age);

        // One that asks for more patience than there may be is not asked again.
        Assert.Equal(rest.StartsWith("Retry", StringComparison.Ordinal) ? 1 : 2, one.Heads.Count + two.Heads.Count);
        await proxy.IdleAsync();
    }

    [Fact]
    public async Task A_503_too_large_to_be_held_passes()
    {
        var body = new string('x', 100_000);
        await using var one = RawOrigin.Answering($"HTTP/1.1 503 Service Unavailable\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using var two = RawOrigin.Answering($"HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync("balancing.policy = round-robin", http => http.RetryUnavailable = true, one.Address, two.Address);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(body, await (await proxy.Client.GetAsync($"/{i}")).Content.ReadAsStringAsync());
        }

        Assert.Equal((1, 1), (one.Heads.Count, two.Heads.Count));
        await proxy.IdleAsync();
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("POST", false)]
    public async Task A_slow_backend_is_hedged_by_another_and_its_call_is_broken_off(string method, bool isHedged)
    {
        var isBrokenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hangs = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task Answer(string name, HttpContext context)
        {
            if (context.Request.Path != "/slow" || !hangs.TrySetResult(name))
            {
                await context.Response.WriteAsync(name);
                return;
            }

            using (context.RequestAborted.Register(isBrokenOff.SetResult))
            {
                await isBrokenOff.Task;
            }
        }

        await using var one = await Origin.StartAsync(context => Answer("one", context));
        await using var two = await Origin.StartAsync(context => Answer("two", context));
        await using var proxy = await Proxy.ToAsync("hedge { enabled = on, min-samples = 10, min-delay = 50ms }", configure: null, one.Address, two.Address);
        for (var i = 0; i < 10; i++)
        {
            await proxy.Client.GetStringAsync("/");
        }

        using var message = new HttpRequestMessage(new HttpMethod(method), "/slow");
        message.Headers.Add("X-Mark", "kept");
        var asking = proxy.Client.SendAsync(message);
        var slow = await hangs.Task;
        if (!isHedged)
        {
            // Others beside it are hedged, it is not.
            isBrokenOff.SetResult();
        }

        using var response = await asking;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(isHedged ? (slow == "one" ? "two" : "one") : "", await response.Content.ReadAsStringAsync());
        await isBrokenOff.Task;
        await proxy.IdleAsync();
        var now = proxy.Pipeline.Describe();
        Assert.Equal(isHedged ? 1 : 0, now.Retrying!.HedgesWon);
        Assert.All(now.Backends, backend => Assert.Equal(0, backend.Failed));
    }
}
