using Akka.Actor;
using Akka.TestKit;
using AkkaPerf.Backends;
using AkkaPerf.Health;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Health;

public class TransitionReporterTests : Akka.TestKit.Xunit2.TestKit
{
    private readonly Fleet _fleet = new(new HealthRules { MaxEjected = 1, SlowStart = TimeSpan.FromSeconds(10) });

    private TestProbe Events { get; set; } = null!;

    [Fact]
    public async Task Every_transition_is_published_with_its_cause_and_pipeline_whoever_made_it()
    {
        var reporter = await StartAsync();
        _fleet.AddUp(1, 1);
        Assert.Equal(("shop", "a", (BackendHealth?)null, BackendHealth.Unknown, TransitionKind.Added), await NextAsync());
        Assert.Equal(("shop", "b", (BackendHealth?)null, BackendHealth.Unknown, TransitionKind.Added), await NextAsync());
        Assert.Equal(("shop", "a", BackendHealth.Unknown, BackendHealth.Healthy, TransitionKind.Probe), await NextAsync());
        Assert.Equal(("shop", "b", BackendHealth.Unknown, BackendHealth.Healthy, TransitionKind.Probe), await NextAsync());
        _fleet.Directory.Eject(_fleet["a"].Backend, TransitionKind.SuccessRate, "only 10 % of 20 went well");
        Assert.Equal("only 10 % of 20 went well", (await Events.ExpectMsgAsync<BackendTransition>()).Cause);
        _fleet.Directory.Remove("a");
        Assert.Equal(("shop", "a", BackendHealth.Ejected, (BackendHealth?)null, TransitionKind.Removed), await NextAsync());

        Watch(reporter);
        Sys.Stop(reporter);
        await ExpectTerminatedAsync(reporter);
        _fleet.Directory.Remove("b");
        await Events.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Each_change_is_logged_once_and_nothing_that_is_none()
    {
        await StartAsync();
        _fleet.AddUp(1, 1);
        await EventFilter.Warning("Pipeline shop: backend a (http://a.test/) is unhealthy, was healthy: Down").ExpectOneAsync(() =>
        {
            _fleet.Judge("a", ProbeVerdict.Down);
            _fleet.Judge("a", ProbeVerdict.Down);
            return Task.CompletedTask;
        });
        await EventFilter.Info("Pipeline shop: backend a (http://a.test/) is healthy, was unhealthy: Up").ExpectOneAsync(() =>
        {
            _fleet.Judge("a", ProbeVerdict.Up);

            // The steps of its slow start are none.
            _fleet.Time.Advance(TimeSpan.FromSeconds(30));
            return Task.CompletedTask;
        });
        await EventFilter.Info("Pipeline shop: backend a (http://a.test/) was removed").ExpectOneAsync(() =>
        {
            _fleet.Directory.Remove("a");
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Panic_is_logged_and_published_when_it_begins_and_when_it_ends()
    {
        await StartAsync();
        _fleet.AddUp(1, 1, 1);
        await EventFilter.Warning(start: "Pipeline shop panics").ExpectOneAsync(() =>
        {
            _fleet.Directory.Eject(_fleet["a"].Backend, TransitionKind.Manual, "by hand");
            _fleet.Directory.Eject(_fleet["b"].Backend, TransitionKind.Manual, "by hand");
            _fleet.Directory.Report("c", isImpaired: true, "busy");
            _fleet.Directory.Report("c", isImpaired: false, "idle");
            return Task.CompletedTask;
        });
        await EventFilter.Info(start: "Pipeline shop panics no more").ExpectOneAsync(() =>
        {
            _fleet.Time.Advance(TimeSpan.FromMinutes(5));
            return Task.CompletedTask;
        });
        var panics = new List<(string, bool)>();
        while (panics.Count < 2)
        {
            if (await Events.ExpectMsgAsync<object>() is PanicTransition panic)
            {
                panics.Add((panic.Pipeline, panic.IsPanicking));
            }
        }

        Assert.Equal([("shop", true), ("shop", false)], panics);
    }

    protected override void AfterAll()
    {
        _fleet.Dispose();
        base.AfterAll();
    }

    private async Task<IActorRef> StartAsync()
    {
        Events = CreateTestProbe();
        Sys.EventStream.Subscribe(Events, typeof(BackendTransition));
        Sys.EventStream.Subscribe(Events, typeof(PanicTransition));
        var reporter = Sys.ActorOf(TransitionReporter.Props("shop", _fleet.Directory));
        await reporter.Ask<ActorIdentity>(new Identify(null));
        return reporter;
    }

    private async Task<(string, string, BackendHealth?, BackendHealth?, TransitionKind)> NextAsync()
    {
        var next = await Events.ExpectMsgAsync<BackendTransition>();
        return (next.Pipeline, next.Backend.Id, next.From, next.To, next.Kind);
    }
}
