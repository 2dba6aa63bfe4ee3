using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Connections;
using AkkaPerf.Health;
using AkkaPerf.Simulations.Balancing;

namespace AkkaPerf.Simulations.Connections;

/// <summary>One process with production's directory, policies, passive health, pools, and verdicts and schedules of probes.</summary>
internal sealed class PooledClient
{
    private readonly BackendDirectory _directory;
    private readonly BackendSelector _selector;
    private readonly Dictionary<Backend, PooledServer> _servers;

    public PooledClient(VirtualClock clock, int servers, ConnectionOptions options, int seed)
    {
        Clock = clock;
        AcquireTimeout = options.AcquireTimeout;
        _directory = new BackendDirectory(clock, new HealthRules { SlowStart = TimeSpan.FromSeconds(10) }, new Random(seed));
        _directory.Watcher = new PassiveHealth(_directory, new PassiveOptions(), clock);
        var backends = _directory.Update([.. Enumerable.Range(0, servers).Select(static i => new BackendOptions { Id = $"s{i}", Address = new Uri($"tcp://s{i}:1") })], []);
        _servers = backends.Index().ToDictionary(static one => one.Item, one => new PooledServer(clock, one.Item, options, seed + one.Index));
        var policies = new PolicyBook(new BalancingOptions(), new Dictionary<string, Func<IBalancingPolicy>>(), _directory, clock, new Random(seed + 1));
        _selector = new BackendSelector(_directory, policies, new Random(seed + 2));
        var health = new HealthOptions();
        foreach (var (index, server) in _servers.Values.Index())
        {
            var schedule = new ProbeSchedule(health, new Random(seed + index + 100));
            clock.After(schedule.First(index, servers), () => Probe(server, schedule, new HealthState(health.Rise, health.Fall)));
        }
    }

    public VirtualClock Clock { get; }

    public TimeSpan AcquireTimeout { get; }

    public TimeSpan UseTime { get; } = TimeSpan.FromMilliseconds(5);

    public IReadOnlyList<PooledServer> Servers => [.. _servers.Values];

    public int Sent { get; private set; }

    public int Succeeded { get; set; }

    public int Failed { get; set; }

    public int Refused { get; set; }

    public TimeSpan LongestWait { get; set; }

    public bool HasAnother(TriedBackends tried) => _selector.HasAnother(tried);

    public PooledServer? Assign(TriedBackends tried, long now) =>
        _selector.TryAssign(key: null, tried, now, out var backend) == Selection.Found ? _servers[backend!] : null;

    /// <summary>Sends at this rate until then, at random moments.</summary>
    public void SendPerSecond(double rate, TimeSpan until, Random random)
    {
        var wait = TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / rate);
        if (Clock.Now + wait <= until)
        {
            Clock.After(wait, () =>
            {
                Sent++;
                new PooledCall(this).Begin();
                SendPerSecond(rate, until, random);
            });
        }
    }

    private void Probe(PooledServer server, ProbeSchedule schedule, HealthState state)
    {
        var verdict = state.Record(new ProbeResult(server.IsUp, server.IsUp ? "200" : "refused"));
        if (verdict is { } news)
        {
            _directory.Judge(server.Backend, news, state.Detail);
        }

        if (server.IsUp)
        {
            server.Found(isNews: verdict == ProbeVerdict.Up);
        }

        Clock.After(schedule.Next(TimeSpan.Zero, state), () => Probe(server, schedule, state));
    }
}
