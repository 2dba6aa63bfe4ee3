namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>Random operations on a whole cache, against a reference that forgets nothing too early and keeps nothing too long.</summary>
public sealed class ModelTests
{
    private const int Steps = 1_500;

    private static readonly string[] Keys = [.. Enumerable.Range(0, 12).Select(i => $"{(char)('a' + (i % 3))}:{i}")];
    private static readonly string[] Tags = ["red", "green", "blue"];

    // No multiple of a step's time: rounding decides nothing.
    private static readonly TimeSpan Ttl = TimeSpan.FromMilliseconds(10_000.5);

    public static TheoryData<int, bool> Seeds
    {
        get
        {
            var data = new TheoryData<int, bool>();
            for (var seed = 1; seed <= 12; seed++)
            {
                data.Add(seed, false);
                data.Add(seed, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Answers_what_the_reference_answers(int seed, bool hasSecond)
    {
        var random = new Random(seed);
        var known = new Dictionary<string, Known>(StringComparer.Ordinal);
        var made = 0;
        await using var rig = new CacheRig(
            options => (options.Ttl, options.Invalidation.ClockTolerance) = (Ttl, TimeSpan.Zero), hasSecond);
        for (var step = 0; step < Steps; step++)
        {
            await rig.AdvanceAsync(TimeSpan.FromMilliseconds(1));
            var key = Keys[random.Next(Keys.Length)];
            var tag = Tags[random.Next(Tags.Length)];
            var where = $"seed {seed}, second level {hasSecond}, step {step}, key {key}";
            switch (random.Next(12))
            {
                case 0:
                    await rig.AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(1, 4_000)));
                    break;
                case 1:
                    await rig.Cache.SetAsync(key, Next(key, tag), options: null, [tag]);
                    break;
                case 2:
                    await rig.Cache.RemoveAsync(key);
                    known.Remove(key);
                    break;
                case 3:
                    await rig.Cache.RemoveByTagAsync(tag);
                    Forget(pair => pair.Value.Tag == tag);
                    break;
                case 4 when random.Next(4) == 0:
                    await rig.Cache.RemoveByPrefixAsync(key[..2]);
                    Forget(pair => pair.Key.StartsWith(key[..2], StringComparison.Ordinal));
                    break;
                case 5 when random.Next(8) == 0:
                    await rig.Cache.ClearAsync();
                    known.Clear();
                    break;
                case 6 when hasSecond:
                    // As after a restart: what the second level has is all there is.
                    await rig.Cache.Engine.Levels.FlushAsync();
                    rig.Cache.Engine.Levels.First.Clear();
                    break;
                case 7:
                    if (rig.Cache.TryGet(key, out var local))
                    {
                        Assert.True(Current(key) == local, $"{where}: {local} instead of {Current(key)}");
                    }
                    else
                    {
                        Assert.True(hasSecond || Current(key) is null, $"{where}: {Current(key)} is not known");
                    }

                    break;
                case 8:
                    await rig.Cache.Engine.Levels.FlushAsync();
                    var result = await rig.Cache.GetAsync(key);
                    Assert.True(Current(key) == (result.HasValue ? result.Value : null), $"{where}: {result} instead of {Current(key)}");
                    break;
                default:
                    await rig.Cache.Engine.Levels.FlushAsync();
                    var expected = Current(key);
                    var value = await rig.Cache.GetOrAddAsync(key, (_, _) => ValueTask.FromResult(Next(key, tag)), options: null, [tag]);
                    Assert.True(value == (expected ?? Current(key)), $"{where}: {value} instead of {expected ?? Current(key)}");
                    Assert.True(value == Current(key), $"{where}: loaded although {expected} was known");
                    break;
            }
        }

        Assert.Equal(0, rig.Cache.Statistics.InFlight);

        string Next(string key, string tag)
        {
            var value = $"{key}#{++made}";
            known[key] = new Known(value, tag, rig.Time.GetUtcNow() + Ttl);
            return value;
        }

        string? Current(string key) => known.TryGetValue(key, out var one) && one.Until > rig.Time.GetUtcNow() ? one.Value : null;

        void Forget(Func<KeyValuePair<string, Known>, bool> isNamed)
        {
            foreach (var pair in known.Where(isNamed).ToList())
            {
                known.Remove(pair.Key);
            }
        }
    }

    private sealed record Known(string Value, string Tag, DateTimeOffset Until);
}
