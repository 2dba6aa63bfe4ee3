using AkkaPerf.Caching.Distributed;
using Garnet;

namespace AkkaPerf.Redis.Tests;

/// <summary>Redis's protocol over TCP, against a server in this process.</summary>
public sealed class GarnetTests : IDisposable
{
    private readonly int _port = FreePort.Find();
    private readonly GarnetServer _server;

    public GarnetTests()
    {
        _server = new GarnetServer(["--port", $"{_port}", "--bind", "127.0.0.1", "--memory", "64m", "--index", "1m"]);
        _server.Start();
    }

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task What_one_process_writes_another_reads()
    {
        await using var one = new RedisLevel(_port);
        await using var other = new RedisLevel(_port);
        await one.GetAvailableAsync("k");
        await one.SetAsync("k", "value");

        var read = await other.GetAvailableAsync("k");

        Assert.Equal((L2ReadKind.Hit, "value"), (read.Kind, read.Value));
        Assert.Equal(["tag"], read.Tags);
        await other.RemoveAsync("k");
        Assert.Equal(L2ReadKind.Miss, (await one.GetAvailableAsync("k")).Kind);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(9_000)]
    [InlineData(1_000_000)]
    public async Task Values_of_any_size_come_back(int length)
    {
        var random = new Random(length);
        var value = string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next(' ', 'z')));
        await using var level = new RedisLevel(_port);
        await level.GetAvailableAsync("k");
        await level.SetAsync("k", value);

        Assert.Equal(value, (await level.GetAvailableAsync("k")).Value);
    }

    [Fact]
    public async Task Marks_are_shared()
    {
        await using var one = new RedisLevel(_port);
        await using var other = new RedisLevel(_port);
        await one.GetAvailableAsync("k");
        await other.GetAvailableAsync("k");
        Assert.True(await one.Second.WriteMarkAsync("tag", new byte[] { 1, 2 }, TimeSpan.FromMinutes(1), CancellationToken.None));

        var mark = await other.Second.ReadMarkAsync("tag", CancellationToken.None);

        Assert.Equal([1, 2], mark.Value.ToArray());
    }

    [Fact]
    public async Task Server_lets_go_of_what_is_over()
    {
        await using var level = new RedisLevel(_port);
        await level.GetAvailableAsync("k");
        await level.SetAsync("k", "value", seconds: 0.3);
        for (var start = TimeProvider.System.GetTimestamp(); (await level.GetAvailableAsync("k")).Kind == L2ReadKind.Hit;)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Many_at_once_see_only_what_was_written()
    {
        await using var level = new RedisLevel(_port);
        await level.GetAvailableAsync("k");
        await Parallel.ForAsync(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            var key = $"k{i % 10}";
            await (i % 5 == 0 ? level.RemoveAsync(key) : level.SetAsync(key, $"{key}:value"));
            var read = await level.GetAsync(key);
            Assert.True(read.Kind != L2ReadKind.Hit || read.Value == $"{key}:value");
        });

        Assert.Equal(0, level.Second.Counters.Rejected);
    }

    [Fact]
    public async Task Without_a_server_everything_goes_on_and_the_breaker_opens()
    {
        await using var level = new RedisLevel(FreePort.Find());
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(L2ReadKind.Unavailable, (await level.GetAsync("k")).Kind);
        }

        await level.SetAsync("k", "value");
        Assert.Equal((1, 1), (level.Second.Counters.Openings, level.Second.Waiting));
    }
}
