using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Backends;

/// <summary>Backends a, b, c, … of a directory in virtual time, all up unless said otherwise, and a selector over them.</summary>
internal sealed class Fleet : IDisposable
{
    private readonly int _seed;

    public Fleet(HealthRules? rules = null, int seed = 1)
    {
        _seed = seed;
        Directory = new BackendDirectory(Time, rules ?? new HealthRules(), new Random(seed));
    }

    public FakeTimeProvider Time { get; } = new();

    public BackendDirectory Directory { get; }

    public BackendStatus this[string id] => Directory.Current.All.Single(status => status.Backend.Id == id);

    /// <summary>So many backends of these weights, all up.</summary>
    public static Fleet Of(params int[] weights)
    {
        var fleet = new Fleet();
        fleet.AddUp(weights);
        return fleet;
    }

    public static BackendOptions Options(string id, int weight = 1, int priority = 0) =>
        new() { Id = id, Address = new Uri($"http://{id}.test"), Weight = weight, Priority = priority };

    public static Backend NewBackend(string id) => new(Options(id), new Uri($"http://{id}.test"), TimeProvider.System);

    /// <summary>a, b, c, … and beyond the alphabet b26, b27, …</summary>
    public static string IdOf(int index) => index < 26 ? ((char)('a' + index)).ToString() : $"b{index}";

    public void AddUp(params int[] weights) => AddUp(weights.Select((weight, index) => Options(IdOf(Directory.Current.All.Length + index), weight)));

    public void AddUp(IEnumerable<BackendOptions> options)
    {
        foreach (var backend in Directory.Update([.. options], []))
        {
            Directory.Judge(backend, ProbeVerdict.Up, "up");
        }

        if (Directory.Current.All.Length > 512)
        {
            // Of so many, verdicts are published together, a moment later.
            Time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    public void Judge(string id, ProbeVerdict verdict) => Directory.Judge(this[id].Backend, verdict, verdict.ToString());

    /// <summary>A selector with a policy of that name.</summary>
    public BackendSelector Select(string policy) => new(Directory, Book(policy), new Random(_seed));

    public PolicyBook Book(string policy) => new(
        new BalancingOptions { Policy = policy }, new Dictionary<string, Func<IBalancingPolicy>>(), Directory, Time, new Random(_seed));

    /// <summary>Assigns one exchange; whoever has it now.</summary>
    public Backend Assign(BackendSelector selector, string? key = null, TriedBackends? tried = null)
    {
        var selection = selector.TryAssign(key, tried, Time.GetTimestamp(), out var found);
        Assert.Equal(Selection.Found, selection);
        return found!;
    }

    /// <summary>Assigns one exchange that ends at once, well; the id of whoever had it.</summary>
    public string Pass(BackendSelector selector, string? key = null)
    {
        var backend = Assign(selector, key);
        End(backend);
        return backend.Id;
    }

    public void End(Backend backend, BackendOutcome outcome = BackendOutcome.Success, long? assignedAt = null) =>
        backend.Ended(outcome, assignedAt ?? Time.GetTimestamp(), Time.GetTimestamp());

    public void Dispose() => Directory.Dispose();
}
