using AkkaPerf.Caching;
using AkkaPerf.Caching.Hybrid;
using AkkaPerf.Hosting;
using AkkaPerf.Tests.Caching.Alone;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Hosting;

public sealed class AkkaPerfCachesTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly FallibleStore _store;

    public AkkaPerfCachesTests() =>
        _store = new FallibleStore(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())));

    [Fact]
    public async Task A_cache_is_found_by_type_and_by_name_and_is_one()
    {
        await using var services = new ServiceCollection()
            .AddAkkaPerfCache<string, string>("products", builder => builder.Configure(options => options.L1.Capacity = 7))
            .BuildServiceProvider();

        var cache = services.GetRequiredService<AkkaPerfCache<string, string>>();

        Assert.Same(cache, services.GetRequiredKeyedService<AkkaPerfCache<string, string>>("products"));
        Assert.Null(services.GetKeyedService<AkkaPerfCache<string, string>>("other"));
    }

    [Fact]
    public async Task Caches_of_other_names_or_types_are_others()
    {
        await using var services = new ServiceCollection()
            .AddAkkaPerfCache<string, string>("a")
            .AddAkkaPerfCache<string, string>("b")
            .AddAkkaPerfCache<int, string>("c")
            .BuildServiceProvider();
        var (a, b) = (services.GetRequiredKeyedService<AkkaPerfCache<string, string>>("a"), services.GetRequiredKeyedService<AkkaPerfCache<string, string>>("b"));

        await a.SetAsync("k", "v");

        Assert.False(b.TryGet("k", out _));
        Assert.Same(b, services.GetRequiredService<AkkaPerfCache<string, string>>());
        Assert.False(services.GetRequiredService<AkkaPerfCache<int, string>>().TryGet(1, out _));
    }

    [Fact]
    public async Task What_the_builder_says_is_done()
    {
        await using var services = new ServiceCollection()
            .AddAkkaPerfCache<string, string>("built", builder => builder.UseTime(_time).UseDistributed(_store).Configure(options => options.Ttl = Minute))
            .BuildServiceProvider();
        var cache = services.GetRequiredService<AkkaPerfCache<string, string>>();

        await cache.SetAsync("k", "v");
        Assert.Equal(1, cache.Statistics.Distributed!.Writes);
        _time.Advance(Minute);

        Assert.False(cache.TryGet("k", out _));
    }

    [Fact]
    public async Task A_cache_ends_with_the_container()
    {
        var services = new ServiceCollection().AddAkkaPerfCache<string, string>("ends").BuildServiceProvider();
        var cache = services.GetRequiredService<AkkaPerfCache<string, string>>();

        await services.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => cache.GetOrAddAsync("k", (_, _) => ValueTask.FromResult("v")).AsTask());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_cache_has_a_name(string name)
    {
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddAkkaPerfCache<string, string>(name));
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddAkkaPerfHybridCache(name: name));
    }

    [Fact]
    public async Task The_hybrid_cache_takes_the_applications_store()
    {
        await using var first = Hybrid(_store);
        await first.GetRequiredService<HybridCache>().SetAsync("k", "v");
        Assert.InRange(_store.Calls, 1, int.MaxValue);

        await using var second = Hybrid(_store);

        Assert.Equal("v", await GetAsync(second));
    }

    [Fact]
    public async Task The_hybrid_cache_leaves_out_a_store_in_memory()
    {
        await using var services = Hybrid(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())));

        Assert.Null(((AkkaPerfHybridCache)services.GetRequiredService<HybridCache>()).Engine.Describe().Distributed);
    }

    [Fact]
    public async Task Expiration_ends_an_entry_in_both_levels()
    {
        await using var first = Hybrid(_store);
        await using var second = Hybrid(_store);
        await first.GetRequiredService<HybridCache>().SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = 10 * Minute });

        _time.Advance((10 * Minute) - TimeSpan.FromTicks(1));
        Assert.Equal("v", await GetAsync(first));
        Assert.Equal("v", await GetAsync(second));

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("loaded", await GetAsync(first, HybridCacheEntryFlags.DisableDistributedCacheWrite));
        Assert.Equal("loaded", await GetAsync(second));
    }

    [Fact]
    public async Task LocalCacheExpiration_ends_an_entry_in_the_first_level_earlier()
    {
        await using var services = Hybrid(_store);
        var engine = ((AkkaPerfHybridCache)services.GetRequiredService<HybridCache>()).Engine;
        await services.GetRequiredService<HybridCache>().SetAsync(
            "k", "v", new HybridCacheEntryOptions { Expiration = 10 * Minute, LocalCacheExpiration = Minute });
        _time.Advance(Minute - TimeSpan.FromTicks(1));
        Assert.True(engine.IsFresh("k"));

        _time.Advance(TimeSpan.FromTicks(1));

        Assert.False(engine.IsFresh("k"));
    }

    private static ValueTask<string> GetAsync(ServiceProvider services, HybridCacheEntryFlags flags = HybridCacheEntryFlags.None) =>
        services.GetRequiredService<HybridCache>().GetOrCreateAsync(
            "k", static _ => ValueTask.FromResult("loaded"), new HybridCacheEntryOptions { Flags = flags });

    private ServiceProvider Hybrid(IDistributedCache store) => new ServiceCollection()
        .AddSingleton<TimeProvider>(_time)
        .AddSingleton(store)
        .AddAkkaPerfHybridCache()
        .BuildServiceProvider();
}
