using AkkaPerf.Caching.Warming;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class WarmingSourceTests : IAsyncDisposable
{
    private readonly CacheRig _rig = new(options => options.Warming.Concurrency = 4);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Keys_that_cannot_be_read_on_end_the_warming_and_those_before_are_warm()
    {
        var broken = await Assert.ThrowsAsync<InvalidDataException>(() => _rig.Cache.WarmAsync(Keys(), _rig.LoadAsync));

        Assert.Equal("broken", broken.Message);
        Assert.Equal([true, true, true], new[] { "k0", "k1", "k2" }.Select(key => _rig.Cache.TryGet(key, out _)));
        Assert.Equal(0, _rig.Cache.Statistics.InFlight);

        async IAsyncEnumerable<string> Keys()
        {
            for (var i = 0; i < 3; i++)
            {
                yield return "k" + i;
            }

            await CacheRig.UntilAsync(() => _rig.Cache.Statistics.Entries == 3, "what was read to be warm");
            throw new InvalidDataException("broken");
        }
    }

    [Fact]
    public async Task Keys_that_cannot_be_read_at_all_end_the_warming()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => _rig.Cache.WarmAsync(Keys(), _rig.LoadAsync));
        Assert.Equal(0, _rig.Loads);

        static IEnumerable<string> Keys() => Enumerable.Range(0, 3).Select(string (_) => throw new InvalidDataException());
    }

    [Fact]
    public async Task A_progress_is_told_of_every_key_in_order()
    {
        var progress = new Steps();

        var report = await _rig.Cache.WarmAsync(Enumerable.Range(0, 200).Select(i => "k" + i), _rig.LoadAsync, progress);

        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), progress.Seen);
        Assert.Equal(200, report.Total.Done);
    }

    private sealed class Steps : IProgress<WarmingProgress>
    {
        public List<long> Seen { get; } = [];

        public void Report(WarmingProgress value) => Seen.Add(value.Done);
    }
}
