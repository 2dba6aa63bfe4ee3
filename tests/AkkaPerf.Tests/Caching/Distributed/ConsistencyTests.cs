using AkkaPerf.Caching.Distributed;
using AkkaPerf.TestKit;
using CsCheck;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>Whatever the store does, a hit is what was written last, and in the end the store has it too.</summary>
public sealed class ConsistencyTests
{
    [Fact]
    public Task Hit_is_always_what_was_written_last() => Gen
        .Select(Gen.Int[0, 10], Gen.Int[0, 3]).Array[1, 60]
        .CheckAsync(RunAsync, iter: 300);

    [Fact]
    public async Task Each_callers_last_change_is_what_the_store_has_in_the_end()
    {
        for (var round = 0; round < 100; round++)
        {
            await using var level = Create();
            var random = new SeededRandom(round);
            var last = new string?[8];
            var callers = Enumerable.Range(0, last.Length).Select(caller => Task.Run(async () =>
            {
                for (var i = 0; i < 40; i++)
                {
                    last[caller] = random.Next(3) == 0 ? null : $"{caller}:{i}";
                    await ChangeAsync(level, $"k{caller}", last[caller]);
                    var read = await level.GetAsync($"k{caller}");
                    Assert.True(read.Kind != L2ReadKind.Hit || read.Value == last[caller]);
                }
            })).ToList();
            var whole = Task.WhenAll(callers);
            while (!whole.IsCompleted)
            {
                level.Shelf.Failure = random.Next(2) == 0 ? new IOException() : null;
                level.Time.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Yield();
            }

            await whole;
            await HealAsync(level);
            for (var caller = 0; caller < last.Length; caller++)
            {
                Assert.Equal(last[caller], (await level.GetAsync($"k{caller}")).Value);
            }
        }
    }

    private static Level Create() => new(configure: options =>
    {
        options.HardTimeout = TimeSpan.FromMilliseconds(100);
        options.SoftTimeout = TimeSpan.FromMilliseconds(10);
        options.Breaker = new BreakerOptions { Failures = 3, Duration = TimeSpan.FromSeconds(1) };
    });

    private static async Task RunAsync((int Step, int Key)[] steps)
    {
        await using var level = Create();
        var model = new Dictionary<string, string?>(StringComparer.Ordinal);
        var doubtful = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < steps.Length; i++)
        {
            var key = $"k{steps[i].Key}";
            switch (steps[i].Step)
            {
                case 0:
                    level.Shelf.Failure = new IOException();
                    break;
                case 1 or 2:
                    level.Shelf.Failure = null;
                    break;
                case 3:
                    level.Time.Advance(TimeSpan.FromMilliseconds(700));
                    break;
                case 4:
                    await LateAsync(level, model, key, $"late {i}");
                    doubtful.Remove(key);
                    break;
                case 10:
                    await OvertakenAsync(level, key, $"overtaken {i}", model[key] = $"overtaking {i}");
                    doubtful.Add(key);
                    break;
                case 5:
                    await ChangeAsync(level, key, model[key] = null);
                    doubtful.Remove(key);
                    break;
                default:
                    await ChangeAsync(level, key, model[key] = $"value {i}");
                    doubtful.Remove(key);
                    break;
            }

            await CheckAsync(level, model);
        }

        await HealAsync(level);
        foreach (var (key, value) in model)
        {
            var read = await level.GetAsync(key);
            Assert.True(read.Value == value || (read.Value is null && doubtful.Contains(key)), $"{key} is {read.Value} instead of {value}");
        }
    }

    /// <summary>A write hangs, one of its key that begins before it is given up goes through, and then the store carries the first out after all.</summary>
    private static async Task OvertakenAsync(Level level, string key, string value, string newer)
    {
        level.Shelf.Hangs = true;
        var writing = ChangeAsync(level, key, value);
        level.Shelf.Hangs = false;
        await ChangeAsync(level, key, newer);
        level.Time.Advance(TimeSpan.FromMilliseconds(100));
        await writing;
        level.Shelf.LetGo();
        await Until.So(() => level.Second.LeftBehind == 0);
    }

    /// <summary>A write hangs, others of its key are made, and then the store carries it out after all.</summary>
    private static async Task LateAsync(Level level, Dictionary<string, string?> model, string key, string value)
    {
        level.Shelf.Hangs = true;
        var writing = ChangeAsync(level, key, value);
        level.Shelf.Hangs = false;
        level.Time.Advance(TimeSpan.FromMilliseconds(100));
        await writing;
        await ChangeAsync(level, key, model[key] = value + " and newer");
        await CheckAsync(level, model);
        level.Shelf.LetGo();
        await Until.So(() => level.Second.LeftBehind == 0);
    }

    private static Task ChangeAsync(Level level, string key, string? value) =>
        value is null ? level.RemoveAsync(key) : level.SetAsync(key, value, seconds: 100_000);

    private static async Task CheckAsync(Level level, Dictionary<string, string?> model)
    {
        foreach (var (key, value) in model)
        {
            var read = await level.GetAsync(key);
            Assert.True(read.Kind != L2ReadKind.Hit || read.Value == value, $"{key} is {read.Value} instead of {value}");
        }
    }

    private static async Task HealAsync(Level level)
    {
        level.Shelf.Failure = null;
        for (var i = 0; i < 1000 && (level.Second.State != L2State.Closed || level.Second.Waiting > 0); i++)
        {
            level.Time.Advance(TimeSpan.FromMilliseconds(1200));
            await Task.Yield();
        }

        Assert.Equal((L2State.Closed, 0), (level.Second.State, level.Second.Waiting));
    }
}
