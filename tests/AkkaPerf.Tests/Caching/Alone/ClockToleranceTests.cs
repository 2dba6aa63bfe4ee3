using AkkaPerf.Caching;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>Processes' clocks differ: what the second level has from shortly after an invalidation may be from before it.</summary>
public sealed class ClockToleranceTests : IAsyncDisposable
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly CacheRig _rig = new(
        options => (options.Invalidation.ClockTolerance, options.Invalidation.Interval) = (Tolerance, TimeSpan.FromHours(1)), hasSecond: true);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData("tag")]
    [InlineData("prefix")]
    [InlineData("all")]
    public async Task What_was_made_within_the_tolerance_of_an_invalidation_is_not_trusted(string by)
    {
        await InvalidateAsync(by);
        _rig.Time.Advance(Tolerance);

        Assert.False(await IsTrustedAsync());
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("prefix")]
    [InlineData("all")]
    public async Task What_was_made_later_is_trusted(string by)
    {
        await InvalidateAsync(by);
        _rig.Time.Advance(Tolerance + Tick);

        Assert.True(await IsTrustedAsync());
    }

    [Fact]
    public async Task What_the_invalidation_does_not_name_is_trusted()
    {
        await _rig.Cache.RemoveByTagAsync("other");
        await _rig.Cache.RemoveByPrefixAsync("other");

        Assert.True(await IsTrustedAsync());
    }

    [Fact]
    public async Task The_process_itself_trusts_what_it_made_after_its_own_invalidation()
    {
        await InvalidateAsync("tag");

        await _rig.GetAsync(_rig.Cache, "key", tags: "t");

        Assert.True(_rig.Cache.TryGet("key", out _));
    }

    // Another process makes the entry; this one has only what the second level says.
    private async Task<bool> IsTrustedAsync()
    {
        await using var other = AkkaPerfCache.Create<string, string>("test", builder => builder
            .UseTime(new FakeTimeProvider(_rig.Time.GetUtcNow()))
            .UseDistributed(_rig.Store!));
        await other.SetAsync("key", "v", options: null, ["t"]);
        return (await _rig.Cache.GetAsync("key")).HasValue;
    }

    private ValueTask InvalidateAsync(string by) => by switch
    {
        "tag" => _rig.Cache.RemoveByTagAsync("t"),
        "prefix" => _rig.Cache.RemoveByPrefixAsync("ke"),
        _ => _rig.Cache.ClearAsync(),
    };
}
