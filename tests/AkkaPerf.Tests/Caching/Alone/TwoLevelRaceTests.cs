using System.Globalization;
using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>Whoever races whom: nothing is left on its way, and both levels end with what was set last.</summary>
public sealed class TwoLevelRaceTests : IAsyncDisposable
{
    private const int Seed = 11;
    private const int Threads = 8;
    private const int Steps = 400;
    private const int Keys = 4;

    private readonly CacheRig _rig = new(hasSecond: true);

    // What the source has, by key: grows with every change.
    private readonly int[] _versions = new int[Keys];

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Who_asks_after_a_removal_gets_nothing_from_before_it()
    {
        await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => Task.Run(async () =>
        {
            // One thread changes a key, the others only read it.
            var reading = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < Steps; i++)
                {
                    await GetAsync("k" + key, yields: i % 3);
                }
            })).ToList();
            for (var i = 0; i < Steps; i++)
            {
                var version = Interlocked.Increment(ref _versions[key]);
                await (i % 3 == 0 ? _rig.Cache.RemoveByTagAsync("t" + key) : Remove(key));
                var value = await GetAsync("k" + key, yields: 0);
                Assert.True(int.Parse(value, CultureInfo.InvariantCulture) >= version, $"'{value}' after the removal of {version} (seed {Seed})");
                _rig.Time.Advance(TimeSpan.FromMilliseconds(1));
            }

            await Task.WhenAll(reading);
        })));

        async ValueTask Remove(int key) => await _rig.Cache.RemoveAsync("k" + key);
    }

    [Fact]
    public async Task What_is_set_while_loads_are_on_their_way_is_what_both_levels_have()
    {
        for (var round = 0; round < 50; round++)
        {
            var loading = Enumerable.Range(0, Threads).Select(i => Task.Run(() => GetAsync("k" + (i % Keys), yields: i % 3))).ToList();
            var setting = Enumerable.Range(0, Keys).Select(key => Task.Run(() => SetAsync(key))).ToList();
            await Task.WhenAll(setting);
            await Task.WhenAll(loading);
            await AssertBothLevelsAsync();
        }
    }

    [Fact]
    public async Task After_a_race_everything_is_quiet_and_both_levels_have_what_was_set_last()
    {
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(number => Task.Run(() => RaceAsync(new Random(Seed + number)))));

        await CacheRig.UntilAsync(() => _rig.Cache.Statistics.InFlight == 0, $"all flights to land (seed {Seed})");
        Assert.Equal(0, _rig.Cache.Engine.Flights.Joiners);
        Assert.Equal(0, _rig.Cache.Engine.Flights.Count);
        await AssertLastSetWinsAsync();
    }

    private async Task RaceAsync(Random random)
    {
        for (var step = 0; step < Steps; step++)
        {
            var key = random.Next(Keys);
            switch (random.Next(10))
            {
                case < 6:
                    await GetAsync("k" + key, random.Next(3));
                    break;
                case < 8:
                    await SetAsync(key);
                    break;
                case 8:
                    await _rig.Cache.RemoveAsync("k" + key);
                    break;
                default:
                    await _rig.Cache.RemoveByTagAsync("t" + key);
                    break;
            }
        }
    }

    private async Task<string> GetAsync(string key, int yields) => await _rig.Cache.GetOrAddAsync(
        key,
        async (asked, _) =>
        {
            var version = Version(asked);
            for (var i = 0; i < yields; i++)
            {
                await Task.Yield();
            }

            return version;
        },
        options: null,
        ["t" + key[1..]]);

    private Task SetAsync(int key)
    {
        Interlocked.Increment(ref _versions[key]);
        return _rig.Cache.SetAsync("k" + key, Version("k" + key), options: null, ["t" + key]).AsTask();
    }

    private string Version(string key) => Text(Volatile.Read(ref _versions[key[1] - '0']));

    private async Task AssertLastSetWinsAsync()
    {
        // Later than every removal, and more than the clocks may differ.
        await _rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        for (var key = 0; key < Keys; key++)
        {
            await SetAsync(key);
        }

        await AssertBothLevelsAsync();
    }

    private async Task AssertBothLevelsAsync()
    {
        await _rig.Cache.Engine.Levels.FlushAsync();
        await using var other = AkkaPerfCache.Create<string, string>("test", builder => builder.UseTime(_rig.Time).UseDistributed(_rig.Store!));
        for (var key = 0; key < Keys; key++)
        {
            Assert.True(_rig.Cache.TryGet("k" + key, out var known));
            var second = await other.GetAsync("k" + key);
            Assert.Equal((Version("k" + key), CacheLevel.Distributed), (second.Value, second.Level));
            Assert.Equal(Version("k" + key), known);
        }
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
