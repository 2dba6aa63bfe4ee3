using Akka.Actor;
using Akka.TestKit;
using AkkaPerf.Backends;
using AkkaPerf.Health;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Health;

/// <summary>A supervisor in virtual time over a directory and a scripted probe; every applied result arrives in <see cref="NextAsync"/>.</summary>
public abstract class HealthTestKit : Akka.TestKit.Xunit2.TestKit
{
    private const int Seed = 20260;

    private TestProbe? _results;

    protected HealthTestKit() => Directory = new BackendDirectory(Time, unknownIsEligible: false);

    internal RecordingTimeProvider Time { get; } = new();

    internal BackendDirectory Directory { get; }

    internal FakeHealthProbe Probe { get; } = new();

    internal HealthOptions Options { get; } = new();

    internal IActorRef Supervisor { get; private set; } = ActorRefs.Nobody;

    internal Backend Add(string id) => Directory.Add(new BackendOptions { Id = id, Address = new Uri($"http://{id}.test") });

    internal async Task StartAsync(IHealthProbe? probe = null)
    {
        _results ??= CreateTestProbe();
        Sys.EventStream.Subscribe(_results, typeof(HealthSupervisor.Protocol.Probed));
        Supervisor = Sys.ActorOf(HealthSupervisor.Props(Directory, probe ?? Probe, Options, Time, new Random(Seed)));
        await SettleAsync();
    }

    /// <summary>Returns when the supervisor and every prober have done what they had been told.</summary>
    internal async Task SettleAsync()
    {
        await Supervisor.Ask<ActorIdentity>(new Identify(null));
        var answers = CreateTestProbe();
        Sys.ActorSelection(Supervisor.Path / "*").Tell(new Identify(null), answers);
        foreach (var _ in Directory.Current.All)
        {
            await answers.ExpectMsgAsync<ActorIdentity>();
        }
    }

    internal async Task<IActorRef> ProberAsync(string id)
    {
        var identity = await Sys.ActorSelection(Supervisor.Path / $"*-{id}").Ask<ActorIdentity>(new Identify(null));
        return identity.Subject;
    }

    /// <summary>Waits for a probe's start; the limit only turns a start that never comes into a failure.</summary>
    internal Task StartedAsync(string id, int nth) => Probe.StartedAsync(id, nth).WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>The next result that was applied.</summary>
    internal async Task<HealthSupervisor.Protocol.Probed> NextAsync() => await _results!.ExpectMsgAsync<HealthSupervisor.Protocol.Probed>();

    /// <summary>Lets the only backend's wait pass, and returns the result of the probe that follows.</summary>
    internal Task<HealthSupervisor.Protocol.Probed> TurnAsync()
    {
        Time.Advance(Time.LastArmed);
        return NextAsync();
    }

    internal BackendHealth HealthOf(string id) => Directory.Current.All.Single(status => status.Backend.Id == id).Health;
}
