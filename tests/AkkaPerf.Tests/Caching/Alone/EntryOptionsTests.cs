using System.Globalization;
using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class EntryOptionsTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CacheRig _rig = new(options => options.Ttl = 10 * Minute, hasSecond: true);

    private AkkaPerfCache<string, string> Cache => _rig.Cache;

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public void By_default_everything_is_left_to_the_caches_options()
    {
        var options = new CacheEntryOptions();

        Assert.All(typeof(CacheEntryOptions).GetProperties().Where(property => property.CanWrite && property.Name != "Skip"), property => Assert.Null(property.GetValue(options)));
        Assert.Equal(CacheSkip.None, options.Skip);
    }

    [Theory]
    [InlineData(nameof(CacheEntryOptions.Ttl), "00:00:00.0000001")]
    [InlineData(nameof(CacheEntryOptions.Ttl), "10675199.02:48:05.4775807")]
    [InlineData(nameof(CacheEntryOptions.LocalTtl), "00:00:00.0000001")]
    [InlineData(nameof(CacheEntryOptions.Sliding), "00:00:00")]
    [InlineData(nameof(CacheEntryOptions.StaleWhileRevalidate), "00:00:00")]
    [InlineData(nameof(CacheEntryOptions.StaleIfError), "00:00:00")]
    [InlineData(nameof(CacheEntryOptions.SoftTimeout), "00:00:00")]
    [InlineData(nameof(CacheEntryOptions.Eager), "0")]
    [InlineData(nameof(CacheEntryOptions.Eager), "1")]
    [InlineData(nameof(CacheEntryOptions.Jitter), "0")]
    [InlineData(nameof(CacheEntryOptions.Jitter), "0.5")]
    [InlineData(nameof(CacheEntryOptions.Bytes), "0")]
    public async Task Valid(string option, string value)
    {
        var options = With(option, value);

        await Cache.SetAsync("k", "v", options);

        Assert.True(Cache.TryGet("k", out _));
        Assert.Equal("value of other", await Cache.GetOrAddAsync("other", _rig.LoadAsync, options));
        Assert.Equal("value of other", await Cache.PreloadAsync("other", _rig.LoadAsync, options));
    }

    [Theory]
    [InlineData(nameof(CacheEntryOptions.Ttl), "00:00:00", "more than zero")]
    [InlineData(nameof(CacheEntryOptions.LocalTtl), "00:00:00", "more than zero")]
    [InlineData(nameof(CacheEntryOptions.Sliding), "-00:00:00.0000001", "zero or more")]
    [InlineData(nameof(CacheEntryOptions.StaleWhileRevalidate), "-00:00:00.0000001", "zero or more")]
    [InlineData(nameof(CacheEntryOptions.StaleIfError), "-00:00:00.0000001", "zero or more")]
    [InlineData(nameof(CacheEntryOptions.SoftTimeout), "-00:00:00.0000001", "zero or more")]
    [InlineData(nameof(CacheEntryOptions.Eager), "-0.001", "0 to 1")]
    [InlineData(nameof(CacheEntryOptions.Eager), "1.001", "0 to 1")]
    [InlineData(nameof(CacheEntryOptions.Eager), "NaN", "0 to 1")]
    [InlineData(nameof(CacheEntryOptions.Jitter), "-0.001", "0 to 0.5")]
    [InlineData(nameof(CacheEntryOptions.Jitter), "0.501", "0 to 0.5")]
    [InlineData(nameof(CacheEntryOptions.Jitter), "NaN", "0 to 0.5")]
    [InlineData(nameof(CacheEntryOptions.Bytes), "-1", "zero or more")]
    public async Task Invalid(string option, string value, string allowed)
    {
        var options = With(option, value);

        AssertNamed(await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.SetAsync("k", "v", options).AsTask()));
        AssertNamed(await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.GetOrAddAsync("k", _rig.LoadAsync, options).AsTask()));
        AssertNamed(await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.PreloadAsync("k", _rig.LoadAsync, options).AsTask()));
        AssertNamed(Assert.Throws<ArgumentOutOfRangeException>(() => CachingVerdict.Keep(options)));
        Assert.Equal(0, _rig.Loads);

        void AssertNamed(ArgumentOutOfRangeException fault)
        {
            Assert.Contains($"CacheEntryOptions.{option} must be {allowed}.", fault.Message, StringComparison.Ordinal);
            Assert.Equal(value, Convert.ToString(fault.ActualValue, CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task Options_that_a_load_gives_itself_are_checked_too()
    {
        var bad = new CacheEntryOptions { Jitter = 1 };

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.GetOrAddAsync("k", bad, static (options, context, _) =>
        {
            context.Options = options;
            return ValueTask.FromResult("v");
        }).AsTask());

        Assert.Equal(0, Cache.Statistics.InFlight);
    }

    [Fact]
    public async Task Sliding_lets_an_entry_live_as_long_as_it_is_asked_for()
    {
        await Cache.SetAsync("k", "v", new CacheEntryOptions { Sliding = Minute });
        for (var i = 0; i < 9; i++)
        {
            await _rig.AdvanceAsync(0.9 * Minute);
            Assert.True(Cache.TryGet("k", out _));
        }

        await _rig.AdvanceAsync(Minute);
        Assert.False(Cache.TryGet("k", out _));
    }

    [Fact]
    public async Task Sliding_never_prolongs_a_life()
    {
        await Cache.SetAsync("k", "v", new CacheEntryOptions { Sliding = 6 * Minute });
        await _rig.AdvanceAsync(5 * Minute);
        Assert.True(Cache.TryGet("k", out _));

        await _rig.AdvanceAsync(5 * Minute);

        Assert.False(Cache.TryGet("k", out _));
    }

    [Fact]
    public async Task Eager_refreshes_after_that_part_of_its_life()
    {
        var options = new CacheEntryOptions { Eager = 0.5, Skip = CacheSkip.DistributedRead };
        await Cache.GetOrAddAsync("k", _rig.LoadAsync, options);
        await _rig.AdvanceAsync((5 * Minute) - TimeSpan.FromTicks(1));
        await Cache.GetOrAddAsync("k", _rig.LoadAsync, options);
        Assert.Equal(0, Cache.Statistics.Refreshes);

        await _rig.AdvanceAsync(TimeSpan.FromTicks(1));
        _rig.Source = (_, _) => ValueTask.FromResult("new");
        Assert.Equal("value of k", await Cache.GetOrAddAsync("k", _rig.LoadAsync, options));

        await CacheRig.UntilAsync(() => Cache.TryGet("k", out var value) && value == "new", "the refresh");
        Assert.Equal((2, 1), (_rig.Loads, Cache.Statistics.Refreshes));
    }

    [Fact]
    public async Task SoftTimeout_lets_one_call_wait_less_than_the_others()
    {
        var stale = new CacheEntryOptions { StaleIfError = 10 * Minute };
        await Cache.SetAsync("k", "old", stale);
        await _rig.AdvanceAsync(11 * Minute);
        var load = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source = (_, _) => new ValueTask<string>(load.Task);
        var patient = Cache.GetOrAddAsync("k", _rig.LoadAsync, stale).AsTask();
        var impatient = Cache.GetOrAddAsync("k", _rig.LoadAsync, stale with { SoftTimeout = TimeSpan.FromSeconds(1) }).AsTask();
        await CacheRig.UntilAsync(() => _rig.Loads == 1, "the load");

        await _rig.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("old", await impatient);
        Assert.False(patient.IsCompleted);
        load.SetResult("new");
        Assert.Equal("new", await patient);
    }

    [Fact]
    public async Task Jitter_spreads_the_ends_of_what_was_made_together()
    {
        for (var i = 0; i < 100; i++)
        {
            await Cache.SetAsync("spread" + i, "v", new CacheEntryOptions { Jitter = 0.5 });
            await Cache.SetAsync("together" + i, "v");
        }

        await _rig.AdvanceAsync(7.5 * Minute);

        Assert.InRange(Enumerable.Range(0, 100).Count(i => Cache.TryGet("spread" + i, out _)), 25, 75);
        Assert.Equal(100, Enumerable.Range(0, 100).Count(i => Cache.TryGet("together" + i, out _)));
    }

    [Fact]
    public async Task LocalTtl_longer_than_the_life_has_no_effect()
    {
        await Cache.SetAsync("k", "v", new CacheEntryOptions { Ttl = Minute, LocalTtl = 5 * Minute });

        await _rig.AdvanceAsync(Minute);

        Assert.False((await Cache.GetAsync("k")).HasValue);
    }

    [Fact]
    public async Task Bytes_are_what_the_entry_weighs()
    {
        await Cache.SetAsync("k", "v", new CacheEntryOptions { Bytes = 0 });
        var light = Cache.Statistics.Bytes;

        await Cache.SetAsync("k", "v", new CacheEntryOptions { Bytes = 12_345 });

        Assert.Equal(light + 12_345, Cache.Statistics.Bytes);
    }

    private static CacheEntryOptions With(string option, string value)
    {
        var options = new CacheEntryOptions();
        var property = typeof(CacheEntryOptions).GetProperty(option)!;
        var type = Nullable.GetUnderlyingType(property.PropertyType)!;
        property.SetValue(options, type == typeof(TimeSpan)
            ? TimeSpan.Parse(value, CultureInfo.InvariantCulture)
            : Convert.ChangeType(value, type, CultureInfo.InvariantCulture));
        return options;
    }
}
