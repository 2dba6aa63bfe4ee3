using System.Collections.Concurrent;
using AkkaPerf.TestKit;
using Garnet;

namespace AkkaPerf.Redis.Tests;

/// <summary>Two processes' whole caches, flights, tags, both levels, over a real server that is killed, hung and started again while they use it.</summary>
public sealed class WholeCacheTests
{
    [SkippableTheory]
    [InlineData("kill")]
    [InlineData("hang")]
    public async Task Callers_get_answers_and_what_was_changed_meanwhile_is_reconciled(string how)
    {
        using var server = await StartAsync();
        await using var one = new WholeCache(server.Port, "one");
        await using var other = new WholeCache(server.Port, "other");
        await Task.WhenAll(one.BackAsync(), other.BackAsync());
        foreach (var key in new[] { "set", "removed", "tagged", "kept" })
        {
            await one.GetAsync(key, key == "tagged" ? ["t"] : []);
        }

        await one.Cache.Engine.Levels.FlushAsync();
        Assert.Equal("set of one 1", await other.GetAsync("set"));
        Assert.Equal("tagged of one 3", await other.GetAsync("tagged", "t"));

        Stop(server, how);
        await Task.WhenAll(one.AwayAsync(), other.AwayAsync());
        await one.Cache.SetAsync("set", "newer");
        await one.Cache.SetAsync("set", "newest");
        await one.Cache.RemoveAsync("removed");
        await one.Cache.RemoveByTagAsync("t");
        Assert.Equal("newest", await one.GetAsync("set"));
        Assert.StartsWith("removed of one", await one.GetAsync("removed"), StringComparison.Ordinal);
        Assert.Equal("kept of one 4", await one.GetAsync("kept"));
        Assert.Equal("set of one 1", await other.GetAsync("set"));
        var flown = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => one.GetAsync("flight").AsTask()));
        Assert.Single(flown.Distinct());

        await ResumeAsync(server, how);
        await Task.WhenAll(one.BackAsync(), other.BackAsync());
        await one.LookedAsync();
        await other.LookedAsync();

        Assert.Equal("newest", await other.GetAsync("set"));
        Assert.NotEqual("removed of one 2", await other.GetAsync("removed"));
        Assert.False(other.Cache.TryGet("tagged", out _));
        await using var late = new WholeCache(server.Port, "late");
        await late.BackAsync();
        Assert.Equal("newest", (await late.Cache.GetAsync("set")).Value);
        var tagged = await late.Cache.GetAsync("tagged");
        Assert.True(!tagged.HasValue || tagged.Value != "tagged of one 3");
    }

    [SkippableFact]
    public async Task Under_load_through_kills_and_hangs_nobody_gets_what_was_removed_or_set_before()
    {
        using var server = await StartAsync();
        await using var one = new WholeCache(server.Port, "one");
        await using var other = new WholeCache(server.Port, "other");
        await Task.WhenAll(one.BackAsync(), other.BackAsync());
        using var ending = new CancellationTokenSource();
        var last = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        Task[] clients =
        [
            .. Enumerable.Range(0, 6).Select(client => Task.Run(() => UseAsync(one, $"client:{client}", last, ending.Token))),
            Task.Run(() => ReadAsync(other, ending.Token)),
        ];
        foreach (var how in new[] { "kill", "hang", "kill" })
        {
            Stop(server, how);
            await Patience.UntilAsync(() => one.Cache.Engine.Levels.Second!.State != AkkaPerf.Caching.Distributed.L2State.Closed, () => "an open breaker", CancellationToken.None);
            await ResumeAsync(server, how);
            await Task.WhenAll(one.BackAsync(), other.BackAsync());
        }

        await ending.CancelAsync();
        await Task.WhenAll(clients);
        await one.Cache.Engine.Levels.FlushAsync();
        await one.BackAsync();
        await one.LookedAsync();
        await other.LookedAsync();
        foreach (var (key, value) in last)
        {
            Assert.Equal(value, await one.GetAsync(key));
            await KnownAsync(one, other, key, value);
        }

        Assert.Equal((0, 0), (one.Second.Rejected, other.Second.Rejected));
    }

    [Fact]
    public async Task Garnet_serves_a_whole_cache()
    {
        var port = FreePort.Find();
        using var server = new GarnetServer(["--port", $"{port}", "--bind", "127.0.0.1", "--memory", "64m", "--index", "1m"]);
        server.Start();
        await using var one = new WholeCache(port, "one", seconds: 20);
        await using var other = new WholeCache(port, "other", seconds: 20);
        await Task.WhenAll(one.BackAsync(), other.BackAsync());
        await one.GetAsync("k", "t");
        await one.Cache.Engine.Levels.FlushAsync();
        Assert.Equal("k of one 1", await other.GetAsync("k", "t"));

        await one.Cache.SetAsync("k", "set", options: null, ["t"]);
        await one.LookedAsync();
        await other.LookedAsync();
        Assert.Equal("set", await other.GetAsync("k", "t"));

        await one.Cache.RemoveByTagAsync("t");
        await other.LookedAsync();
        Assert.False(other.Cache.TryGet("k", out _));
        Assert.False((await other.Cache.GetAsync("k")).HasValue);
    }

    /// <summary>One client with a key of its own: what it set it gets, what it removed is loaded anew.</summary>
    private static async Task UseAsync(WholeCache cache, string key, ConcurrentDictionary<string, string> last, CancellationToken ending)
    {
        for (var i = 0; !ending.IsCancellationRequested; i++)
        {
            var before = last.GetValueOrDefault(key);
            if (i % 3 == 0)
            {
                await cache.Cache.RemoveAsync(key);
                last[key] = await cache.GetAsync(key);
                Assert.NotEqual(before, last[key]);
            }
            else
            {
                last[key] = $"{key}={i}";
                await cache.Cache.SetAsync(key, last[key]);
                Assert.Equal(last[key], await cache.GetAsync(key));
            }
        }

        last[key] = $"{key} at the end";
        await cache.Cache.SetAsync(key, last[key]);
    }

    private static async Task ReadAsync(WholeCache cache, CancellationToken ending)
    {
        for (var i = 0; !ending.IsCancellationRequested; i++)
        {
            var found = await cache.Cache.GetAsync($"client:{i % 6}", CancellationToken.None);
            Assert.True(!found.HasValue || found.Value!.StartsWith($"client:{i % 6}", StringComparison.Ordinal));
            await Task.Yield();
        }
    }

    /// <summary>A change is known elsewhere after two looks, and one more for each that the server did not answer in time, or that was overwritten.</summary>
    private static async Task KnownAsync(WholeCache one, WholeCache other, string key, string value)
    {
        for (var looks = 2; looks < 12 && await other.GetAsync(key) != value; looks++)
        {
            await one.LookedAsync();
            await other.LookedAsync();
        }

        Assert.Equal(value, await other.GetAsync(key));
    }

    private static void Stop(RedisProcess server, string how)
    {
        if (how == "kill")
        {
            server.Kill();
        }
        else
        {
            server.Hang();
        }
    }

    private static async Task ResumeAsync(RedisProcess server, string how)
    {
        if (how == "kill")
        {
            server.Start();
            await server.ListeningAsync();
        }
        else
        {
            server.Continue();
        }
    }

    private static async Task<RedisProcess> StartAsync()
    {
        Skip.If(RedisProcess.Executable is null, "There is no redis-server on the path: apt-get install redis-server.");
        var server = new RedisProcess();
        await server.ListeningAsync();
        return server;
    }
}
