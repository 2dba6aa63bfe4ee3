using AkkaPerf.Caching;
using AkkaPerf.TestKit;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>A cache in virtual time, its source under the test's control.</summary>
internal sealed class CacheRig : IAsyncDisposable
{
    private readonly List<AkkaPerfCache<string, string>> _caches = [];
    private int _loads;

    public CacheRig(Action<CacheOptions>? configure = null, bool hasSecond = false)
    {
        Configure = configure ?? (_ => { });
        Store = hasSecond ? new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())) : null;
        Cache = New();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public IDistributedCache? Store { get; set; }

    public Action<CacheOptions> Configure { get; }

    public AkkaPerfCache<string, string> Cache { get; }

    /// <summary>How often the source was asked.</summary>
    public int Loads => Volatile.Read(ref _loads);

    /// <summary>What the source answers.</summary>
    public Func<string, CancellationToken, ValueTask<string>> Source { get; set; } = (key, _) => ValueTask.FromResult("value of " + key);

    /// <summary>One more cache on the same second level, as another process has it.</summary>
    public AkkaPerfCache<string, string> New()
    {
        var cache = AkkaPerfCache.Create<string, string>("test", builder =>
        {
            builder.UseTime(Time).UseRandom(new SeededRandom(1)).Configure(Configure);
            if (Store is not null)
            {
                builder.UseDistributed(Store);
            }
        });
        _caches.Add(cache);
        return cache;
    }

    public ValueTask<string> GetAsync(string key = "k", CancellationToken cancellationToken = default, params string[] tags) =>
        GetAsync(Cache, key, cancellationToken, tags);

    public ValueTask<string> GetAsync(AkkaPerfCache<string, string> cache, string key, CancellationToken cancellationToken = default, params string[] tags) =>
        cache.GetOrAddAsync(key, LoadAsync, options: null, tags, cancellationToken);

    public ValueTask<string> LoadAsync(string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _loads);
        return Source(key, cancellationToken);
    }

    /// <summary>Lets time pass and the others' invalidations be read.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        Time.Advance(time);
        foreach (var cache in _caches)
        {
            await cache.Engine.Levels.LastPoll;
        }
    }

    public static Task UntilAsync(Func<bool> isSo, string what) => Patience.UntilAsync(isSo, () => what, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var cache in _caches)
        {
            await cache.DisposeAsync();
        }
    }
}
