using AkkaPerf.Caching;
using AkkaPerf.Caching.Hybrid;
using AkkaPerf.Hosting;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class HybridTests : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddAkkaPerfHybridCache(options => options.L2.Provider = L2Provider.Memory)
        .BuildServiceProvider();

    private int _loads;

    private HybridCache Cache => _services.GetRequiredService<HybridCache>();

    private AkkaPerfHybridCache Ours => (AkkaPerfHybridCache)Cache;

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task Is_the_applications_hybrid_cache_and_loads_once()
    {
        var values = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Cache.GetOrCreateAsync("k", LoadAsync).AsTask()));

        Assert.All(values, value => Assert.Equal("v1", value));
        Assert.Equal(1, _loads);
    }

    [Fact]
    public async Task A_key_may_be_given_by_its_letters()
    {
        await Cache.GetOrCreateAsync("product:7", LoadAsync);
        Assert.Equal("v1", await Cache.GetOrCreateAsync("xproduct:7".AsSpan(1), LoadAsync));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            await Cache.GetOrCreateAsync("xproduct:7".AsSpan(1), 0, static (_, _) => ValueTask.FromResult(""));
        }

        // Less than one byte a call: none of them allocates.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 999);
    }

    [Fact]
    public async Task Tags_and_the_star_remove()
    {
        await Cache.GetOrCreateAsync("a", LoadAsync, tags: ["t"]);
        await Cache.GetOrCreateAsync("b", LoadAsync);
        await Cache.RemoveByTagAsync("t");
        Assert.Equal("v3", await Cache.GetOrCreateAsync("a", LoadAsync, tags: ["t"]));
        Assert.Equal("v2", await Cache.GetOrCreateAsync("b", LoadAsync));

        await Cache.RemoveByTagAsync("*");

        Assert.Equal("v4", await Cache.GetOrCreateAsync("b", LoadAsync));
    }

    [Fact]
    public async Task Flags_leave_out_what_they_name()
    {
        await Cache.SetAsync("k", "set", new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite });
        Assert.False(Ours.Engine.IsFresh("k"));
        Assert.Equal("set", await Cache.GetOrCreateAsync("k", LoadAsync, new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData }));

        Assert.Null(await Cache.GetOrCreateAsync("nothing", LoadAsync, new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData }));
        Assert.Equal("v1", await Cache.GetOrCreateAsync("k", LoadAsync, new HybridCacheEntryOptions
        {
            Flags = HybridCacheEntryFlags.DisableLocalCacheRead | HybridCacheEntryFlags.DisableDistributedCacheRead,
        }));
    }

    [Fact]
    public async Task Who_changes_his_value_changes_it_for_nobody_else()
    {
        var loaded = new List<int> { 1 };
        var first = await Cache.GetOrCreateAsync("list", _ => ValueTask.FromResult(loaded));
        first.Add(2);
        loaded.Add(3);
        var set = new List<int> { 7 };
        await Cache.SetAsync("set", set);
        set.Add(8);

        Assert.Equal([1], await Cache.GetOrCreateAsync<List<int>>("list", _ => throw new InvalidOperationException("must be known")));
        Assert.Equal([7], await Cache.GetOrCreateAsync<List<int>>("set", _ => throw new InvalidOperationException("must be known")));
    }

    [Fact]
    public async Task Two_types_under_one_key_never_meet()
    {
        await Cache.SetAsync("k", 7);
        Assert.Equal("v1", await Cache.GetOrCreateAsync("k", LoadAsync));
        Assert.Equal("v1", await Cache.GetOrCreateAsync("k", LoadAsync));
    }

    private ValueTask<string> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult("v" + Interlocked.Increment(ref _loads));
}
