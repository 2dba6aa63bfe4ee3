using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Health;

namespace AkkaPerf.Simulations.Balancing;

/// <summary>One process that balances over the servers, with production's directory, policies and passive health; sees only what it sent itself.</summary>
internal sealed class Client
{
    private readonly VirtualClock _clock;
    private readonly Dictionary<string, Server> _servers;
    private readonly BackendSelector _selector;
    private readonly TimeSpan _timeout;
    private readonly Action<Backend, TimeSpan>? _observe;

    public Client(VirtualClock clock, IReadOnlyList<Server> servers, Setup setup, int seed)
    {
        _clock = clock;
        _timeout = setup.Timeout;
        _servers = servers.ToDictionary(server => server.Id);
        Directory = new BackendDirectory(
            clock, new HealthRules { UnknownIsEligible = true, SlowStart = setup.SlowStart, MaxEjected = setup.MaxEjected }, new Random(seed));
        if (setup.Passive is { } passive)
        {
            Directory.Watcher = new PassiveHealth(Directory, passive, clock);
        }

        Directory.Update([.. servers.Select(server => new BackendOptions { Id = server.Id, Address = new Uri($"http://{server.Id}") })], []);
        var peak = new PeakEwmaPolicy(clock);
        _observe = setup.Policy == PeakEwmaPolicy.Name ? peak.Observe : null;
        var registered = new Dictionary<string, Func<IBalancingPolicy>> { [PeakEwmaPolicy.Name] = () => peak };
        var policies = new PolicyBook(new BalancingOptions { Policy = setup.Policy }, registered, Directory, clock, new Random(seed + 1));
        _selector = new BackendSelector(Directory, policies, new Random(seed + 2));
    }

    public BackendDirectory Directory { get; }

    public int Sent { get; private set; }

    public int InTime { get; private set; }

    public int Failed { get; private set; }

    public int Refused { get; private set; }

    public List<double> Latencies { get; } = [];

    public void Send()
    {
        Sent++;
        var now = _clock.GetTimestamp();
        if (_selector.TryAssign(key: null, tried: null, now, out var backend) != Selection.Found)
        {
            Refused++;
            return;
        }

        _servers[backend!.Id].Ask(isGood =>
        {
            var took = _clock.GetElapsedTime(now);
            InTime += isGood && took <= _timeout ? 1 : 0;
            Failed += isGood ? 0 : 1;
            Latencies.Add(took.TotalMilliseconds);
            backend.Ended(isGood ? BackendOutcome.Success : BackendOutcome.Failure, now, _clock.GetTimestamp());
            _observe?.Invoke(backend, took);
        });
    }

    /// <summary>Sends at this rate until then, at random moments.</summary>
    public void SendPerSecond(double rate, TimeSpan until, Random random)
    {
        var wait = TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / rate);
        if (_clock.Now + wait <= until)
        {
            _clock.After(wait, () =>
            {
                Send();
                SendPerSecond(rate, until, random);
            });
        }
    }
}
