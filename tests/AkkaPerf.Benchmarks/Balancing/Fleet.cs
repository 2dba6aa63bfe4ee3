using System.Diagnostics;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Health;

namespace AkkaPerf.Benchmarks.Balancing;

/// <summary>So many backends under a policy, of which some are always in flight.</summary>
internal sealed class Fleet
{
    public const int InFlight = 64;

    private static readonly string[] Keys = [.. Enumerable.Range(0, 1024).Select(static i => $"product:{i}")];

    private readonly BackendSelector _selector;
    private readonly (Backend? Backend, long At)[] _inFlight = new (Backend?, long)[InFlight];
    private long _now = 1;
    private int _next;

    public Fleet(int size, string policy)
    {
        Directory = new BackendDirectory(TimeProvider.System, new HealthRules { UnknownIsEligible = true }, new Random(1));
        Directory.Watcher = new PassiveHealth(Directory, new PassiveOptions(), TimeProvider.System);
        Directory.Update([.. Enumerable.Range(0, size).Select(static i => new BackendOptions { Id = $"backend-{i}", Address = new Uri($"http://10.0.0.1:{1000 + i}"), Weight = 1 + (i % 3) })], []);
        var policies = new PolicyBook(new BalancingOptions { Policy = policy }, new Dictionary<string, Func<IBalancingPolicy>>(), Directory, TimeProvider.System, new Random(1));
        _selector = new BackendSelector(Directory, policies, new Random(2));
    }

    public BackendDirectory Directory { get; }

    public void Run(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            Pick(i);
        }
    }

    /// <summary>Tells how the oldest in flight went, and finds a backend for the next.</summary>
    /// <exception cref="InvalidOperationException">None was found.</exception>
    public Backend Pick(int i)
    {
        // 10 us from one to the next, so that each takes about 0.6 ms.
        _now += Stopwatch.Frequency / 100_000;
        ref var slot = ref _inFlight[_next++ & (InFlight - 1)];
        slot.Backend?.Ended(BackendOutcome.Success, slot.At, _now);
        if (_selector.TryAssign(Keys[i & (Keys.Length - 1)], tried: null, _now, out slot.Backend) != Selection.Found)
        {
            throw new InvalidOperationException("No backend was found.");
        }

        slot.At = _now;
        return slot.Backend!;
    }
}
