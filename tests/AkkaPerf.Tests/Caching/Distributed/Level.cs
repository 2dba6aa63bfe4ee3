using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>A second level in virtual time.</summary>
internal sealed class Level : IAsyncDisposable
{
    public Level(IDistributedCache? store = null, Action<L2Options>? configure = null, FakeTimeProvider? time = null, string prefix = "t:")
    {
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        configure?.Invoke(Options);
        Second = new SecondLevel(store ?? Shelf, Options, prefix, Time, new Random(7), Logger);
    }

    public Shelf Shelf { get; } = new();

    public FakeTimeProvider Time { get; }

    public L2Options Options { get; } = new() { Provider = L2Provider.Given };

    public RecordingLogger Logger { get; } = new();

    public SecondLevel Second { get; }

    public L2Counters Counters => Second.Counters;

    /// <summary>A life from now on.</summary>
    public L2Life Life(double seconds = 60) => new(Time.GetUtcNow(), Time.GetUtcNow().AddSeconds(seconds / 2), Time.GetUtcNow().AddSeconds(seconds));

    public Task SetAsync(string key, string value, double seconds = 60, params string[] tags) => SetAsync<string>(key, value, seconds, tags);

    public Task SetAsync<T>(string key, T value, double seconds = 60, params string[] tags) =>
        Second.WriteAsync(key, value, Life(seconds), tags, Serializer<T>(), CancellationToken.None).AsTask();

    public Task<L2Read<string>> GetAsync(string key, bool hasFallback = false, CancellationToken cancellationToken = default) =>
        GetAsync<string>(key, hasFallback, cancellationToken);

    public Task<L2Read<T>> GetAsync<T>(string key, bool hasFallback = false, CancellationToken cancellationToken = default) =>
        Second.ReadAsync(key, Serializer<T>(), hasFallback, cancellationToken).AsTask();

    public Task RemoveAsync(string key) => Second.RemoveAsync(key, CancellationToken.None).AsTask();

    public ValueTask DisposeAsync() => Second.DisposeAsync();

    public static IHybridCacheSerializer<T> Serializer<T>() => new SerializerResolver(services: null).Get<T>();
}
