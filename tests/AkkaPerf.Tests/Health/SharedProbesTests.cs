using System.Net.Security;
using Akka.Actor;
using Akka.TestKit;
using AkkaPerf.Backends;
using AkkaPerf.Health;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Health;

/// <summary>Several pipelines that have the same backend.</summary>
public sealed class SharedProbesTests : Akka.TestKit.Xunit2.TestKit
{
    private readonly RecordingTimeProvider _time = new();
    private readonly SharedProbes _shared = new();
    private readonly FakeHealthProbe _probe = new();
    private readonly TestProbe _results;

    public SharedProbesTests()
    {
        _results = CreateTestProbe();
        Sys.EventStream.Subscribe(_results, typeof(HealthSupervisor.Protocol.Probed));
    }

    [Fact]
    public async Task An_answer_counts_for_all_who_ask_the_same_and_the_backend_is_asked_as_often_as_by_one()
    {
        var all = new List<Asker>();
        for (var i = 1; i <= 5; i++)
        {
            all.Add(await StartAsync(seed: i));
        }

        Assert.Equal(5, _shared.MostAlike);
        all[0].Ask();
        await ExpectAsync(5);
        Assert.All(all, static asker => Assert.Equal(BackendHealth.Healthy, asker.Health));
        Assert.Equal(1, _probe.Started("a"));

        // Whoever is due first asks for all.
        for (var round = 2; round <= 20; round++)
        {
            var waits = _time.Armed.TakeLast(5).ToList();
            Assert.All(waits, static wait => Assert.InRange(wait, Options.Interval * 0.9, Options.Interval * 1.1));
            _time.Advance(waits.Min());
            await ExpectAsync(5);
            Assert.Equal(round, _probe.Started("a"));
        }
    }

    [Fact]
    public async Task A_bad_answer_counts_by_everybodys_own_thresholds()
    {
        var patient = await StartAsync();
        var quick = await StartAsync(static options => options.Fall = 2);
        patient.Ask();
        await ExpectAsync(2);
        _probe.Down("a");
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(700));
            patient.Ask();
            await ExpectAsync(2);
        }

        Assert.Equal((BackendHealth.Healthy, BackendHealth.Unhealthy), (patient.Health, quick.Health));
    }

    [Theory]
    [InlineData("path")]
    [InlineData("statuses")]
    [InlineData("body")]
    [InlineData("service")]
    [InlineData("probe")]
    [InlineData("interval")]
    [InlineData("timeout")]
    [InlineData("edge")]
    [InlineData("down")]
    [InlineData("address")]
    [InlineData("host")]
    public async Task Who_asks_otherwise_hears_nothing(string what)
    {
        var one = await StartAsync();
        var other = await StartAsync(
            options =>
            {
                options.Path = what == "path" ? "/ready" : options.Path;
                options.Statuses = what == "statuses" ? ["200"] : options.Statuses;
                options.Body = what == "body" ? "fine" : options.Body;
                options.Service = what == "service" ? "shop" : options.Service;
                options.Probe = what == "probe" ? ProbeKind.Grpc : options.Probe;
                options.Interval *= what == "interval" ? 2 : 1;
                options.Timeout *= what == "timeout" ? 2 : 1;
                options.Pace.EdgeInterval *= what == "edge" ? 2 : 1;
                options.Pace.UnhealthyInterval *= what == "down" ? 2 : 1;
            },
            backend =>
            {
                backend.Address = what == "address" ? new Uri("http://b.test") : backend.Address;
                backend.Host = what == "host" ? "shop.test" : backend.Host;
            });

        one.Ask();
        await ExpectAsync(1);
        await other.SettleAsync();

        Assert.Equal(1, _shared.MostAlike);
        Assert.Equal((BackendHealth.Healthy, BackendHealth.Unknown), (one.Health, other.Health));
    }

    [Fact]
    public async Task Who_is_asking_goes_by_its_own_answer()
    {
        var one = await StartAsync();
        var other = await StartAsync();
        _probe.Hang("a");
        one.Ask();
        await _probe.StartedAsync("a", 1).WaitAsync(TimeSpan.FromSeconds(10));
        other.Ask();
        await _probe.StartedAsync("a", 2).WaitAsync(TimeSpan.FromSeconds(10));

        _probe.Release("a", new ProbeResult(IsUp: true, "released"));

        // Each its own, once; what the other got is no more news to either.
        await ExpectAsync(2);
        await one.SettleAsync();
        await other.SettleAsync();
        Assert.False(_results.HasMessages);
        Assert.Equal((BackendHealth.Healthy, BackendHealth.Healthy), (one.Health, other.Health));
    }

    [Fact]
    public async Task What_was_asked_before_ones_own_last_answer_is_no_news()
    {
        static void IsSlowOnTheEdge(HealthOptions options) => options.Pace.EdgeInterval = options.Interval;
        var one = await StartAsync(IsSlowOnTheEdge);
        var other = await StartAsync(IsSlowOnTheEdge);
        one.Ask();
        await ExpectAsync(2);
        _time.Advance(TimeSpan.FromMilliseconds(600));
        _probe.Hang("a");
        one.Ask();
        await _probe.StartedAsync("a", 2).WaitAsync(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromMilliseconds(300));
        _probe.Up("a");
        other.Ask();
        await ExpectAsync(1);

        // Long after the other's answer it has none yet: that is older news.
        _time.Advance(Options.Timeout - TimeSpan.FromMilliseconds(300));
        await ExpectAsync(1);
        await other.SettleAsync();
        Assert.False(_results.HasMessages);
    }

    [Theory]
    [InlineData("http://a.test", 2)]
    [InlineData("https://a.test", 1)]
    public async Task Who_does_TLS_otherwise_hears_nothing_where_there_is_any(string address, int alike)
    {
        await StartAsync(change: backend => backend.Address = new Uri(address), tls: new SslClientAuthenticationOptions());
        await StartAsync(change: backend => backend.Address = new Uri(address), tls: new SslClientAuthenticationOptions());
        Assert.Equal(alike, _shared.MostAlike);
    }

    [Fact]
    public async Task Who_has_left_is_told_nothing_and_nothing_is_kept()
    {
        var one = await StartAsync();
        var other = await StartAsync();
        await RemoveAsync(other);
        Assert.Equal(1, _shared.MostAlike);
        one.Ask();
        await ExpectAsync(1);

        await RemoveAsync(one);
        Assert.Equal(0, _shared.MostAlike);
    }

    private static HealthOptions Options => new();

    private async Task<Asker> StartAsync(Action<HealthOptions>? configure = null, Action<BackendOptions>? change = null, int seed = 1, SslClientAuthenticationOptions? tls = null)
    {
        var options = Options;
        configure?.Invoke(options);
        var backend = new BackendOptions { Id = "a", Address = new Uri("http://a.test") };
        change?.Invoke(backend);
        var directory = new BackendDirectory(_time, unknownIsEligible: false);
        directory.Add(backend);
        var peers = new ProbePeers(_shared, options, tls);
        var asker = new Asker(Sys, directory, Sys.ActorOf(HealthSupervisor.Props(directory, _probe, options, _time, new Random(seed), peers)));
        await asker.SettleAsync();
        return asker;
    }

    private async Task RemoveAsync(Asker asker)
    {
        var prober = await asker.ProberAsync();
        await _results.WatchAsync(prober);
        asker.Directory.Remove("a");
        await _results.ExpectTerminatedAsync(prober, TimeSpan.FromSeconds(10));
    }

    // That many results are applied, and no more.
    private async Task ExpectAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _results.ExpectMsgAsync<HealthSupervisor.Protocol.Probed>(TimeSpan.FromSeconds(10));
        }

        Assert.False(_results.HasMessages);
    }

    private sealed class Asker(ActorSystem system, BackendDirectory directory, IActorRef supervisor)
    {
        public BackendDirectory Directory { get; } = directory;

        public BackendHealth Health => Directory.Current.All[0].Health;

        public void Ask() => supervisor.Tell(new HealthSupervisor.Protocol.ProbeNow("a"));

        public async Task<IActorRef> ProberAsync() =>
            (await system.ActorSelection(supervisor.Path / "*-a").Ask<ActorIdentity>(new Identify(null))).Subject;

        public async Task SettleAsync()
        {
            await supervisor.Ask<ActorIdentity>(new Identify(null));
            await ProberAsync();
        }
    }
}
