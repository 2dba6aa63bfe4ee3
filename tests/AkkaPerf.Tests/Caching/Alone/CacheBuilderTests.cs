using AkkaPerf.Caching;
using AkkaPerf.Hosting;
using AkkaPerf.Tests.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class CacheBuilderTests
{
    private readonly Shelf _shelf = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_comparer_of_ones_own_wants_a_text_for_the_second_level()
    {
        var missing = Assert.Throws<InvalidOperationException>(() => AkkaPerfCache.Create<string, string>(
            "cases", builder => builder.UseDistributed(_shelf).CompareBy(StringComparer.OrdinalIgnoreCase)));
        Assert.Contains("TextBy", missing.Message);

        await using var cache = AkkaPerfCache.Create<string, string>(
            "cases", builder => builder.UseDistributed(_shelf).CompareBy(StringComparer.OrdinalIgnoreCase).TextBy(key => key.ToUpperInvariant()));
        await using var exact = AkkaPerfCache.Create<string, string>("cases", builder => builder.UseDistributed(_shelf).CompareBy(StringComparer.Ordinal));
        await using var alone = AkkaPerfCache.Create<string, string>("cases", builder => builder.CompareBy(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Hot_keys_want_a_second_level()
    {
        var missing = Assert.Throws<InvalidOperationException>(() => AkkaPerfCache.Create<string, string>(
            "hot", builder => builder.LoadWith((key, _) => ValueTask.FromResult(key)).Configure(options => options.Warming.HotKeys = 1)));

        Assert.Contains("warming.hot-keys", missing.Message);
        Assert.Contains("UseDistributed", missing.Message);
    }

    [Fact]
    public async Task A_soft_timeout_longer_than_the_hard_one_is_a_fault()
    {
        var fault = Assert.Throws<ArgumentException>(() => Create(soft: 51, hard: 50));
        Assert.Contains("CacheOptions.L2.SoftTimeout is 00:00:00.0510000", fault.Message);

        await using var equal = Create(soft: 50, hard: 50);
        await using var unchosen = Create(soft: 100, hard: 50);

        AkkaPerfCache<string, string> Create(int soft, int hard) => AkkaPerfCache.Create<string, string>("slow", builder => builder.Configure(options =>
            (options.L2.SoftTimeout, options.L2.HardTimeout) = (TimeSpan.FromMilliseconds(soft), TimeSpan.FromMilliseconds(hard))));
    }

    [Fact]
    public async Task The_containers_time_is_the_caches()
    {
        await using var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(_time)
            .AddAkkaPerfCache<string, string>("timed", builder => builder.Configure(options => options.Ttl = TimeSpan.FromHours(1)))
            .BuildServiceProvider();
        var cache = services.GetRequiredService<AkkaPerfCache<string, string>>();
        await cache.SetAsync("k", "v");
        Assert.True(cache.TryGet("k", out _));

        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(cache.TryGet("k", out _));
    }

    [Fact]
    public async Task A_hybrid_cache_ends_all_of_itself()
    {
        var isOver = false;
        var loadsAfter = 0;
        var hybrid = AkkaPerfCache.CreateHybrid("hybrid", builder => builder
            .UseTime(_time)
            .UseDistributed(_shelf)
            .LoadWith((key, _) => ValueTask.FromResult<object>(isOver ? loadsAfter++ : key))
            .Configure(options => (options.Refresh.Ahead, options.Warming.HotKeys) = (1, 1)));
        await hybrid.SetAsync<object>("k", "v");

        await ((IAsyncDisposable)hybrid).DisposeAsync();
        isOver = true;

        Assert.Contains(_shelf.Keys, key => key.EndsWith("hot-keys", StringComparison.Ordinal));
        _time.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Equal(0, loadsAfter);
    }

    [Fact]
    public async Task A_hot_key_that_cannot_be_read_leaves_the_others_warm()
    {
        await using (var first = Create(int.Parse))
        {
            foreach (var key in new[] { 1, 2, 3 })
            {
                await first.SetAsync(key, "v");
            }
        }

        await using var second = Create(text => text == "2" ? throw new FormatException() : int.Parse(text));
        await second.Warmed;

        Assert.Equal([true, false, true], new[] { 1, 2, 3 }.Select(key => second.TryGet(key, out _)));

        AkkaPerfCache<int, string> Create(Func<string, int> keyOf) => AkkaPerfCache.Create<int, string>("numbers", builder => builder
            .UseTime(_time)
            .UseDistributed(_shelf)
            .TextBy(key => key.ToString(System.Globalization.CultureInfo.InvariantCulture), keyOf)
            .LoadWith((_, _) => ValueTask.FromResult("v"))
            .Configure(options => options.Warming.HotKeys = 3));
    }
}
