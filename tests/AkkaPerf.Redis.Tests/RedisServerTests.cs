using AkkaPerf.Caching.Distributed;
using AkkaPerf.TestKit;

namespace AkkaPerf.Redis.Tests;

/// <summary>A real server that is killed, hung and started again while it is in use.</summary>
public sealed class RedisServerTests
{
    [SkippableFact]
    public async Task What_is_written_is_read()
    {
        using var server = await StartAsync();
        await using var level = new RedisLevel(server.Port);
        await level.GetAvailableAsync("k");
        await level.SetAsync("k", "value");

        Assert.Equal("value", (await level.GetAvailableAsync("k")).Value);
    }

    [SkippableFact]
    public async Task Killed_and_started_again_it_gets_what_it_missed()
    {
        using var server = await StartAsync();
        await using var level = new RedisLevel(server.Port);
        await level.GetAvailableAsync("k");
        await level.SetAsync("before", "lost with the server");
        server.Kill();
        await OpenAsync(level);
        await level.SetAsync("k", "1");
        await level.SetAsync("k", "2");
        await level.RemoveAsync("before");
        Assert.Equal(2, level.Second.Waiting);

        server.Start();
        await server.ListeningAsync();
        await BackAsync(level);

        Assert.Equal("2", (await level.GetAvailableAsync("k")).Value);
        Assert.Equal(L2ReadKind.Miss, (await level.GetAvailableAsync("before")).Kind);
    }

    [SkippableFact]
    public async Task Hung_it_costs_a_bounded_wait_once_and_its_late_writes_do_no_harm()
    {
        using var server = await StartAsync();
        await using var level = new RedisLevel(server.Port);
        await level.GetAvailableAsync("k");
        await level.SetAsync("k", "old");
        server.Hang();
        try
        {
            // The server has this write in its socket, and will carry it out when it goes on.
            await level.SetAsync("k", "late");
            await level.RemoveAsync("k");
            await OpenAsync(level);
            var start = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < 1000; i++)
            {
                Assert.Equal(L2ReadKind.Unavailable, (await level.GetAsync("k")).Kind);
            }

            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        }
        finally
        {
            server.Continue();
        }

        await BackAsync(level);
        Assert.Equal(L2ReadKind.Miss, (await level.GetAvailableAsync("k")).Kind);
    }

    [SkippableFact]
    public async Task Absent_at_the_start_it_is_used_once_it_is_there()
    {
        using var server = await StartAsync();
        server.Kill();
        await using var level = new RedisLevel(server.Port);
        await level.SetAsync("k", "value");
        await OpenAsync(level);

        server.Start();
        await server.ListeningAsync();
        await BackAsync(level);

        Assert.Equal("value", (await level.GetAvailableAsync("k")).Value);
    }

    [SkippableFact]
    public async Task Under_load_through_kills_and_hangs_nobody_gets_anothers_or_an_old_value()
    {
        using var server = await StartAsync();
        await using var level = new RedisLevel(server.Port);
        await level.GetAvailableAsync("k");
        using var ending = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(client => UseAsync(level, client, ending.Token))];
        for (var i = 0; i < 2; i++)
        {
            server.Kill();
            await Patience.UntilAsync(() => level.Second.State != L2State.Closed, () => "an open breaker", CancellationToken.None);
            server.Start();
            await server.ListeningAsync();
            await BackAsync(level);
            server.Hang();
            await Patience.UntilAsync(() => level.Second.State != L2State.Closed, () => "an open breaker", CancellationToken.None);
            server.Continue();
            await BackAsync(level);
        }

        await ending.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal(0, level.Second.Counters.Rejected);
    }

    /// <summary>One client with a key of its own: what it reads is what it wrote last, or nothing.</summary>
    private static async Task UseAsync(RedisLevel level, int client, CancellationToken ending)
    {
        for (var i = 0; !ending.IsCancellationRequested; i++)
        {
            string? expected = i % 3 == 0 ? null : $"{client}:{i}";
            await (expected is null ? level.RemoveAsync($"c{client}") : level.SetAsync($"c{client}", expected));
            var read = await level.GetAsync($"c{client}");
            Assert.True(read.Kind != L2ReadKind.Hit || read.Value == expected, $"read {read.Value} instead of {expected}");
            await Task.Yield();
        }
    }

    private static async Task<RedisProcess> StartAsync()
    {
        Skip.If(RedisProcess.Executable is null, "There is no redis-server on the path: apt-get install redis-server.");
        var server = new RedisProcess();
        await server.ListeningAsync();
        return server;
    }

    private static async Task OpenAsync(RedisLevel level)
    {
        while (level.Second.State == L2State.Closed)
        {
            await level.GetAsync("any");
        }
    }

    private static Task BackAsync(RedisLevel level) => Patience.UntilAsync(
        () => level.Second.State == L2State.Closed && level.Second.Waiting == 0,
        () => $"a store that is back and has everything ({level.Second.State}, {level.Second.Waiting} waiting)",
        CancellationToken.None);
}
