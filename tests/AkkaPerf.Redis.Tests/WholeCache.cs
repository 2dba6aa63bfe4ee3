using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Redis.Tests;

/// <summary>A whole cache of one process, over a server at a port.</summary>
internal sealed class WholeCache : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddAkkaPerfRedis().BuildServiceProvider();
    private readonly string _name;
    private int _loads;

    /// <summary>Connects.</summary>
    /// <param name="port">The server's.</param>
    /// <param name="name">What this process's loads bear, so that its values are its own.</param>
    /// <param name="seconds">How long the server has for an answer: more than a busy machine takes, or where it hangs, no longer than the test may.</param>
    public WholeCache(int port, string name, double seconds = 2)
    {
        _name = name;
        Cache = Create(port, TimeSpan.FromSeconds(seconds));
    }

    public AkkaPerfCache<string, string> Cache { get; }

    public int Loads => Volatile.Read(ref _loads);

    public SecondLevelStatistics Second => Cache.Statistics.Distributed!;

    public ValueTask<string> GetAsync(string key, params string[] tags) =>
        Cache.GetOrAddAsync(key, (asked, _) => ValueTask.FromResult($"{asked} of {_name} {Interlocked.Increment(ref _loads)}"), options: null, tags);

    /// <summary>Asks for new keys until the breaker says that the server is away; every one of them is answered.</summary>
    public async Task AwayAsync()
    {
        for (var i = 0; Cache.Engine.Levels.Second!.State == L2State.Closed; i++)
        {
            Assert.StartsWith("away:", await GetAsync($"away:{i}"), StringComparison.Ordinal);
            await Task.Yield();
        }
    }

    /// <summary>Ends when the server is back, has everything that waited for it, and the others' invalidations are known.</summary>
    public Task BackAsync() => Patience.UntilAsync(
        () => Cache.Engine.Levels.Second!.State == L2State.Closed && Second is { Waiting: 0, IsCurrent: true },
        () => $"a server that is back ({Cache.Engine.Levels.Second!.State}, {Second.Waiting} waiting)",
        CancellationToken.None);

    /// <summary>Ends after a look at the logs that began later than this call.</summary>
    public async Task LookedAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            var last = Cache.Engine.Levels.LastPoll;
            await Patience.UntilAsync(() => Cache.Engine.Levels.LastPoll != last && Cache.Engine.Levels.LastPoll.IsCompleted, () => "a look at the logs", CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Cache.DisposeAsync();
        await _services.DisposeAsync();
    }

    private AkkaPerfCache<string, string> Create(int port, TimeSpan hardTimeout) => AkkaPerfCache.Create<string, string>(
        "whole",
        builder => builder.Configure(options =>
        {
            options.Ttl = TimeSpan.FromMinutes(10);
            options.Invalidation.Interval = TimeSpan.FromMilliseconds(100);
            options.L2.Provider = L2Provider.Redis;
            options.L2.Connection = $"127.0.0.1:{port},connectTimeout=1000";
            options.L2.HardTimeout = hardTimeout;
            options.L2.Breaker.Failures = 2;
            options.L2.Breaker.Duration = TimeSpan.FromMilliseconds(200);
        }),
        _services);
}
