using AkkaPerf.Caching;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching.Alone;

public sealed class SetRaceTests
{
    [Fact]
    public async Task What_is_set_just_when_a_load_stores_its_value_stays()
    {
        var time = new HookedTime();
        await using var cache = AkkaPerfCache.Create<string, string>("set", builder => builder.UseTime(time));

        await cache.GetOrAddAsync("k", (_, _) =>
        {
            // The first look at the clock plans the entry's life, the second is the first level's: past the look at who overtook.
            time.OnSecondLook = () => cache.SetAsync("k", "set").AsTask().Wait();
            return ValueTask.FromResult("loaded");
        });

        Assert.True(cache.TryGet("k", out var value));
        Assert.Equal("set", value);
    }

    private sealed class HookedTime : FakeTimeProvider
    {
        private int _looks;
        private Action? _hook;

        public Action OnSecondLook
        {
            set => (_looks, _hook) = (0, value);
        }

        public override long GetTimestamp()
        {
            if (_hook is { } hook && ++_looks == 2)
            {
                _hook = null;
                hook();
            }

            return base.GetTimestamp();
        }
    }
}
