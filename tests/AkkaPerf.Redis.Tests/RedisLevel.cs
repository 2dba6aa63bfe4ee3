using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaPerf.Redis.Tests;

/// <summary>A second level as a pipeline gets it, over a server at a port.</summary>
internal sealed class RedisLevel : IAsyncDisposable
{
    private static readonly SerializerResolver Serializers = new(services: null);

    private readonly ServiceProvider _services = new ServiceCollection().AddAkkaPerfRedis().BuildServiceProvider();

    public RedisLevel(int port)
    {
        Options = new L2Options
        {
            Provider = L2Provider.Redis,
            Connection = $"127.0.0.1:{port},connectTimeout=1000",
            SoftTimeout = TimeSpan.FromMilliseconds(100),
            HardTimeout = TimeSpan.FromSeconds(1),
            Breaker = new BreakerOptions { Failures = 2, Duration = TimeSpan.FromMilliseconds(200) },
        };
        var factory = new SecondLevelFactory([.. _services.GetServices<ISecondLevelProvider>()], NullLoggerFactory.Instance);
        Second = factory.Create("shop", Options, TimeProvider.System, Random.Shared)!;
    }

    public L2Options Options { get; }

    public SecondLevel Second { get; }

    public Task SetAsync(string key, string value, double seconds = 600)
    {
        var now = TimeProvider.System.GetUtcNow();
        var life = new L2Life(now, now.AddSeconds(seconds / 2), now.AddSeconds(seconds));
        return Second.WriteAsync(key, value, life, ["tag"], Serializers.Get<string>(), CancellationToken.None).AsTask();
    }

    public Task<L2Read<string>> GetAsync(string key) => Second.ReadAsync(key, Serializers.Get<string>(), hasFallback: false, CancellationToken.None).AsTask();

    public Task RemoveAsync(string key) => Second.RemoveAsync(key, CancellationToken.None).AsTask();

    /// <summary>Reads until there is an answer: a first connect, or a return, takes its time.</summary>
    public async Task<L2Read<string>> GetAvailableAsync(string key)
    {
        for (var start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60);)
        {
            var read = await GetAsync(key);
            if (read.Kind != L2ReadKind.Unavailable)
            {
                return read;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        throw new TimeoutException("The store did not come back.");
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await _services.DisposeAsync();
    }
}
