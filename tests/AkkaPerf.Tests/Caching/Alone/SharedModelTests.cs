using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>Random operations in two processes that share a second level, with stale windows and sliding lives, and a source that fails at times.</summary>
public sealed class SharedModelTests : IAsyncLifetime
{
    private const int Steps = 1_500;

    private static readonly string[] Keys = [.. Enumerable.Range(0, 8).Select(i => $"{(char)('a' + (i % 3))}:{i}")];
    private static readonly string[] Tags = ["red", "green", "blue"];
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // No multiples of a step's time: rounding decides nothing.
    private static readonly SharedModel.Windows Plain = new(Ms(10_000.5), TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
    private static readonly SharedModel.Windows[] Lives =
    [
        Plain,
        Plain with { WhileRevalidate = Ms(5_000.25) },
        Plain with { IfError = Ms(20_000.25) },
        Plain with { WhileRevalidate = Ms(3_000.25), IfError = Ms(20_000.25) },
        Plain with { Sliding = Ms(2_500.25) },
        Plain with { Sliding = Ms(2_500.25), IfError = Ms(20_000.25) },
    ];

    private readonly CacheRig _rig = new(options => (options.Ttl, options.Invalidation.ClockTolerance) = (Plain.Ttl, TimeSpan.Zero), hasSecond: true);
    private readonly Dictionary<(int Process, string Key), DateTimeOffset> _usedAt = [];
    private readonly AkkaPerfCache<string, string>[] _processes;
    private readonly SharedModel _model;
    private TimeSpan _sinceTick;

    public SharedModelTests()
    {
        _processes = [_rig.Cache, _rig.New()];
        _model = new SharedModel(_rig.Time.GetUtcNow, 2 * Interval);
    }

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 20));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Two_processes_answer_what_the_reference_allows_and_know_what_it_says(int seed)
    {
        var random = new Random(seed);
        for (var step = 0; step < Steps; step++)
        {
            await AdvanceAsync(TimeSpan.FromMilliseconds(1));
            await QuietAsync();
            var process = random.Next(2);
            var key = Keys[random.Next(Keys.Length)];
            var life = Lives[random.Next(Lives.Length)];
            var where = $"seed {seed}, step {step}, process {process}, {_rig.Time.GetUtcNow():mm:ss.fff}, key {key}";
            await StepAsync(random, process, (key, Tags[random.Next(Tags.Length)], life), where);
        }

        await QuietAsync();
        Assert.True(_model.Count > Steps / 10);
    }

    private async Task StepAsync(Random random, int process, (string Key, string Tag, SharedModel.Windows Life) what, string where)
    {
        var cache = _processes[process];
        var (key, tag, life) = what;
        switch (random.Next(16))
        {
            case 0 or 1:
                await AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(1, 4_000)));
                break;
            case 2 or 3:
                _model.Changed(process, made => made.Key == key);
                await cache.SetAsync(key, _model.Make(process, key, tag, life).Value, OptionsOf(life), [tag]);
                _usedAt[(process, key)] = _rig.Time.GetUtcNow();
                break;
            case 4:
                _model.Changed(process, made => made.Key == key);
                await cache.RemoveAsync(key);
                break;
            case 5 when random.Next(2) == 0:
                _model.Changed(process, made => made.Tag == tag);
                await cache.RemoveByTagAsync(tag);
                break;
            case 6 when random.Next(4) == 0:
                _model.Changed(process, made => made.Key.StartsWith(key[..2], StringComparison.Ordinal));
                await cache.RemoveByPrefixAsync(key[..2]);
                break;
            case 7 when random.Next(8) == 0:
                _model.Changed(process, _ => true);
                await cache.ClearAsync();
                break;
            case 8 when random.Next(2) == 0:
                // As after a restart of this process.
                cache.Engine.Levels.First.Clear();
                ForgetUse(process);
                break;
            case 9:
                _model.IsSourceDown = !_model.IsSourceDown;
                break;
            case 10 or 11:
                Look(process, key, where);
                break;
            case 12:
                var found = await cache.GetAsync(key);
                Assert.True(found.HasValue || _model.Known(key) is null, $"{where}: {_model.Known(key)} is not known");
                AssertAllowed(process, key, found.HasValue ? found.Value : null, where);
                break;
            default:
                await AskAsync(process, what, where);
                break;
        }
    }

    private void Look(int process, string key, string where)
    {
        // What this process made itself and used lately must be in its first level.
        var mustBe = _model.Known(key) is { } known && known.Process == process && !_model.MayBeLost(known) && _usedAt.TryGetValue((process, key), out var used)
            && (known.Windows.Sliding == TimeSpan.Zero || _rig.Time.GetUtcNow() < used + known.Windows.Sliding)
            ? known
            : null;
        if (!_processes[process].TryGet(key, out var value))
        {
            Assert.True(mustBe is null, $"{where}: {mustBe} is not in the first level");
            return;
        }

        Assert.True(_model.Fault(process, key, value, mustBeFresh: true) is null, $"{where}: {_model.Fault(process, key, value, mustBeFresh: true)}");
        _usedAt[(process, key)] = _rig.Time.GetUtcNow();
    }

    private async Task AskAsync(int process, (string Key, string Tag, SharedModel.Windows Life) what, string where)
    {
        var (key, tag, life) = what;
        var (known, ifDown, loads) = (_model.Known(key), _model.KnownIfDown(key), 0);
        string? value = null;
        try
        {
            value = await _processes[process].GetOrAddAsync(key, (_, _) => Load(), OptionsOf(life), [tag]);
        }
        catch (IOException)
        {
            Assert.True(_model.IsSourceDown && ifDown is null, $"{where}: fails although {ifDown} may be answered");
        }

        AssertAllowed(process, key, value, where);
        await QuietAsync();
        Assert.True(known is null || Volatile.Read(ref loads) == 0, $"{where}: loaded although {known} was known");

        ValueTask<string> Load()
        {
            Interlocked.Increment(ref loads);
            if (_model.IsSourceDown)
            {
                _model.Failed(process, key, TimeSpan.FromSeconds(1));
                throw new IOException("The source is down.");
            }

            return ValueTask.FromResult(_model.Make(process, key, tag, life).Value);
        }
    }

    private void AssertAllowed(int process, string key, string? value, string where)
    {
        if (value is not null)
        {
            var fault = _model.Fault(process, key, value, mustBeFresh: false);
            Assert.True(fault is null, $"{where}: {fault}");
            _usedAt[(process, key)] = _rig.Time.GetUtcNow();
        }
    }

    private void ForgetUse(int process)
    {
        foreach (var key in Keys)
        {
            _usedAt.Remove((process, key));
        }
    }

    // From one look at the logs to the next, so that none is left out.
    private async Task AdvanceAsync(TimeSpan time)
    {
        while (time > TimeSpan.Zero)
        {
            var part = time < Interval - _sinceTick ? time : Interval - _sinceTick;
            await _rig.AdvanceAsync(part);
            time -= part;
            _sinceTick = _sinceTick + part == Interval ? TimeSpan.Zero : _sinceTick + part;
        }
    }

    // No refresh and no write is under way.
    private async Task QuietAsync()
    {
        foreach (var cache in _processes)
        {
            await CacheRig.UntilAsync(() => cache.Engine.Flights.Count == 0, "the end of what goes on in the background");
            await cache.Engine.Levels.FlushAsync();
        }
    }

    private static CacheEntryOptions OptionsOf(SharedModel.Windows life) => new()
    {
        Ttl = life.Ttl,
        StaleWhileRevalidate = life.WhileRevalidate,
        StaleIfError = life.IfError,
        Sliding = life.Sliding,
    };

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
