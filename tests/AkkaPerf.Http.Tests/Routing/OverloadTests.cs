using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Routing;

/// <summary>What happens to those who go on asking while they are refused.</summary>
public sealed class OverloadTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Below_the_threshold_nobody_waits()
    {
        var guard = Guard(new() { Threshold = 3 });
        Assert.All(Enumerable.Range(0, 3), _ => Assert.True(guard.RefuseAsync(Context("HTTP/1.1"), RefusalReason.QueueFull, retryAfter: null).IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Above_it_a_connection_is_answered_and_not_read_on_for_a_while()
    {
        var guard = Guard(new() { Threshold = 1, Pause = TimeSpan.FromSeconds(1) });
        await guard.RefuseAsync(Context("HTTP/1.1"), RefusalReason.QueueFull, retryAfter: null);
        var context = Context("HTTP/1.1");
        var paused = guard.RefuseAsync(context, RefusalReason.RateLimited, retryAfter: null);
        Assert.Equal(429, context.Response.StatusCode);
        Assert.True(context.Response.Body.Length > 0);
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(paused.IsCompleted);
        Assert.Equal(1, guard.Paused);
        _time.Advance(TimeSpan.FromMilliseconds(501));
        await paused;
        Assert.Equal(0, guard.Paused);
    }

    [Fact]
    public async Task A_stream_gets_its_answer_later_for_its_connection_serves_others()
    {
        var guard = Guard(new() { Threshold = 1, Pause = TimeSpan.FromSeconds(1) });
        await guard.RefuseAsync(Context("HTTP/2"), RefusalReason.QueueFull, retryAfter: null);
        var context = Context("HTTP/2");
        var refused = guard.RefuseAsync(context, RefusalReason.QueueFull, retryAfter: null);
        Assert.Equal(0, context.Response.Body.Length);
        _time.Advance(TimeSpan.FromSeconds(1));
        await refused;
        Assert.Equal(503, context.Response.StatusCode);
    }

    [Fact]
    public async Task When_too_many_wait_the_others_connections_are_closed()
    {
        var guard = Guard(new() { Threshold = 1, MaxPaused = 1, Pause = TimeSpan.FromSeconds(1) });
        await guard.RefuseAsync(Context("HTTP/1.1"), RefusalReason.QueueFull, retryAfter: null);
        var paused = guard.RefuseAsync(Context("HTTP/1.1"), RefusalReason.QueueFull, retryAfter: null);
        var context = Context("HTTP/1.1");
        Assert.True(guard.RefuseAsync(context, RefusalReason.QueueFull, retryAfter: null).IsCompletedSuccessfully);
        Assert.Equal("close", context.Response.Headers.Connection);
        _time.Advance(TimeSpan.FromSeconds(1));
        await paused;
    }

    [Fact]
    public async Task It_is_over_once_a_second_has_passed_with_few_refusals()
    {
        var guard = Guard(new() { Threshold = 1, Pause = TimeSpan.Zero });
        Assert.Equal("", await ConnectionAsync());
        Assert.Equal("close", await ConnectionAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("close", await ConnectionAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("", await ConnectionAsync());

        async Task<string> ConnectionAsync()
        {
            var context = Context("HTTP/1.1");
            await guard.RefuseAsync(context, RefusalReason.QueueFull, retryAfter: null);
            return context.Response.Headers.Connection.ToString();
        }
    }

    [Fact]
    public async Task What_is_not_the_clients_doing_makes_nobody_wait()
    {
        var guard = Guard(new() { Threshold = 1, Pause = TimeSpan.Zero });
        for (var i = 0; i < 5; i++)
        {
            var context = Context("HTTP/1.1");
            await guard.RefuseAsync(context, RefusalReason.NoHealthyBackend, retryAfter: null);
            Assert.Equal(0, context.Response.Headers.Connection.Count);
        }
    }

    [Fact]
    public void Retry_after_is_never_less_than_it_takes_and_spread_by_chance()
    {
        var told = Enumerable.Range(0, 1_000).Select(_ => int.Parse(RetryAfter.Text(TimeSpan.FromSeconds(9.1)).ToString(), System.Globalization.CultureInfo.InvariantCulture)).ToHashSet();
        Assert.Equal([10, 11, 12, 13, 14, 15], told.Order());
        Assert.Contains(RetryAfter.Text(TimeSpan.Zero).ToString(), new[] { "1", "2" });
        Assert.InRange(long.Parse(RetryAfter.Text(TimeSpan.FromDays(1)).ToString(), System.Globalization.CultureInfo.InvariantCulture), 86_400, 129_600);
    }

    private OverloadGuard Guard(OverloadOptions options) => new(options, _time);

    private static DefaultHttpContext Context(string protocol)
    {
        var context = new DefaultHttpContext();
        context.Request.Protocol = protocol;
        context.Response.Body = new MemoryStream();
        return context;
    }
}
