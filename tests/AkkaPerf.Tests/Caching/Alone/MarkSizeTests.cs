using AkkaPerf.Caching.Distributed;
using AkkaPerf.Caching.Warming;
using AkkaPerf.Tests.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class MarkSizeTests : IAsyncDisposable
{
    private readonly Level _level = new(configure: options => options.MaxPayload = 1024);

    public ValueTask DisposeAsync() => _level.DisposeAsync();

    [Fact]
    public async Task The_log_goes_through_however_small_the_values_must_be()
    {
        await using var rig = new CacheRig(options => options.L2.MaxPayload = 1024, hasSecond: true);
        var other = rig.New();
        for (var i = 0; i < 100; i++)
        {
            await rig.Cache.RemoveByPrefixAsync("a prefix that is not so short " + i);
        }

        await other.SetAsync("key", "v");
        await rig.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.True(other.TryGet("key", out _));
        await rig.Cache.RemoveByPrefixAsync("ke");
        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.False(other.TryGet("key", out _));
    }

    [Fact]
    public async Task Hot_keys_go_through_and_of_too_many_the_hottest()
    {
        var keys = Enumerable.Range(0, 100).Select(i => i + new string('x', 1_000)).ToList();
        await HotKeys.SaveAsync(_level.Second, keys, CancellationToken.None);
        Assert.Equal(keys, await HotKeys.ReadAsync(_level.Second, CancellationToken.None));

        var tooMany = Enumerable.Range(0, 1_000).Select(i => i + new string('ä', 10_000)).ToList();
        await HotKeys.SaveAsync(_level.Second, tooMany, CancellationToken.None);
        var read = await HotKeys.ReadAsync(_level.Second, CancellationToken.None);
        Assert.InRange(read.Count, 800, 850);
        Assert.Equal(tooMany[0], read[0]);
    }

    [Fact]
    public async Task A_mark_has_a_bound_of_its_own_and_an_entry_keeps_its()
    {
        Assert.True(await _level.Second.WriteMarkAsync("m", new byte[SecondLevel.MaxMark], TimeSpan.FromHours(1), CancellationToken.None));
        Assert.False(await _level.Second.WriteMarkAsync("m", new byte[SecondLevel.MaxMark + 1], TimeSpan.FromHours(1), CancellationToken.None));
        Assert.Equal(SecondLevel.MaxMark, (await _level.Second.ReadMarkAsync("m", CancellationToken.None)).Value.Length);

        await _level.SetAsync("k", new string('x', 1025));
        Assert.Equal(L2ReadKind.Miss, (await _level.GetAsync("k")).Kind);
    }
}
