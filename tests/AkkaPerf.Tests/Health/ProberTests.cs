using System.Collections.Concurrent;
using Akka.Actor;
using AkkaPerf.Backends;
using AkkaPerf.Health;

namespace AkkaPerf.Tests.Health;

public class ProberTests : HealthTestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public async Task A_probe_fails_at_its_timeout_and_its_token_is_cancelled()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add("a");
        await StartAsync(new DelegateHealthProbe(async (_, token) =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            started.SetResult();
            await cancelled.Task;
            return true;
        }));
        Time.Advance(Second);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Time.Advance(Options.Timeout - Tick);
        await SettleAsync();
        Assert.False(cancelled.Task.IsCompleted);
        Assert.Equal(BackendHealth.Unknown, HealthOf("a"));

        Time.Advance(Tick);
        Assert.Equal(new ProbeResult(IsUp: false, "no answer within 1000 ms"), (await NextAsync()).Result);
        Assert.Equal(BackendHealth.Unhealthy, HealthOf("a"));
        await cancelled.Task;
    }

    [Fact]
    public async Task A_probe_that_blocks_its_thread_fails_at_its_timeout_too()
    {
        using var started = new SemaphoreSlim(0);
        using var release = new ManualResetEventSlim();
        Add("a");
        await StartAsync(new DelegateHealthProbe((_, _) =>
        {
            started.Release();
            release.Wait(CancellationToken.None);
            return ValueTask.FromResult(true);
        }));
        Time.Advance(Second);
        Assert.True(await started.WaitAsync(TimeSpan.FromSeconds(10)));
        Time.Advance(Options.Timeout);
        Assert.False((await NextAsync()).Result.IsUp);
        release.Set();
    }

    [Fact]
    public async Task The_interval_counts_from_a_probes_start_not_its_end()
    {
        Options.Pace.UnhealthyInterval = Options.Interval;
        Add("a");
        Probe.Hang("a");
        await StartAsync();
        Time.Advance(Second);
        await StartedAsync("a", 1);
        Time.Advance(Options.Timeout);
        await NextAsync();
        Assert.InRange(Time.LastArmed, (Options.Interval * 0.9) - Options.Timeout, (Options.Interval * 1.1) - Options.Timeout);
    }

    [Fact]
    public async Task A_probe_that_outlasts_the_interval_is_never_joined_by_a_second_one()
    {
        Options.Timeout = TimeSpan.FromSeconds(30);
        Add("a");
        Probe.Hang("a");
        await StartAsync();
        Time.Advance(Second);
        await StartedAsync("a", 1);
        Time.Advance(TimeSpan.FromSeconds(29));
        await SettleAsync();
        Probe.Release("a", new ProbeResult(IsUp: true, "slow"));
        Assert.Equal("slow", (await NextAsync()).Result.Detail);
        Assert.Equal(TimeSpan.Zero, Time.Armed.Last(delay => delay != Options.Timeout));
        await StartedAsync("a", 2);
        Assert.Equal(1, Probe.MostAtOnce("a"));
    }

    [Fact]
    public async Task Probes_that_ignore_their_token_never_exceed_two_and_probing_goes_on_when_they_return()
    {
        Options.Pace.UnhealthyInterval = Options.Interval;
        Add("a");
        Probe.Hang("a", ignoreToken: true);
        await StartAsync();
        for (var nth = 1; nth <= 2; nth++)
        {
            Time.Advance(Time.LastArmed);
            await StartedAsync("a", nth);
            Time.Advance(Options.Timeout);
            Assert.Equal("no answer within 1000 ms", (await NextAsync()).Result.Detail);
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(new ProbeResult(IsUp: false, "earlier probes still hang"), (await TurnAsync()).Result);
        }

        Assert.Equal((2, 2), (Probe.Started("a"), Probe.Hanging("a")));
        Probe.Up("a", "fresh");
        Assert.Equal(2, Probe.Release("a", new ProbeResult(IsUp: true, "late")));

        // How soon their return is noticed is the thread pool's affair, so it may take turns; none may show the late results.
        var result = default(ProbeResult);
        for (var i = 0; i < 1000 && !result.IsUp; i++)
        {
            result = (await TurnAsync()).Result;
        }

        Assert.Equal("fresh", result.Detail);
        Assert.Equal(2, Probe.MostAtOnce("a"));
    }

    [Fact]
    public async Task A_hanging_probe_is_followed_by_the_next_at_its_time_and_its_late_result_is_ignored()
    {
        Options.Pace.UnhealthyInterval = Options.Interval;
        Add("a");
        Probe.Hang("a", ignoreToken: true);
        await StartAsync();
        Time.Advance(Second);
        await StartedAsync("a", 1);
        Time.Advance(Options.Timeout);
        await NextAsync();
        Probe.Down("a", "second");
        Assert.Equal("second", (await TurnAsync()).Result.Detail);
        Assert.Equal(1, Probe.Release("a", new ProbeResult(IsUp: true, "late")));
        Assert.Equal("second", (await TurnAsync()).Result.Detail);
        Assert.Equal(BackendHealth.Unhealthy, HealthOf("a"));
    }

    [Fact]
    public async Task An_exception_is_a_failure_with_its_message_as_the_cause()
    {
        Add("a");
        Probe.Throw("a", new InvalidOperationException("the disk is full"));
        await StartAsync();
        Assert.Equal(new ProbeResult(IsUp: false, "the disk is full"), (await TurnAsync()).Result);
        Assert.Equal("the disk is full", Directory.Current.All[0].Cause);
    }

    [Fact]
    public async Task A_crashed_prober_goes_on_after_an_interval_and_remembers_its_count()
    {
        Add("a");
        await StartAsync();
        await TurnAsync();
        Probe.Down("a");
        await TurnAsync();
        await TurnAsync();
        Probe.Hang("a");
        Time.Advance(Time.LastArmed);
        await StartedAsync("a", 4);
        await EventFilter.Exception<InvalidOperationException>("no timer").ExpectOneAsync(() =>
        {
            Time.FailNextTimer(new InvalidOperationException("no timer"));
            Probe.Release("a", new ProbeResult(IsUp: false, "lost in the crash"));
            return Task.CompletedTask;
        });
        await SettleAsync();
        Assert.InRange(Time.LastArmed, Options.Interval * 0.9, Options.Interval * 1.1);
        Assert.Equal(BackendHealth.Healthy, HealthOf("a"));
        Probe.Down("a");
        Assert.Equal(ProbeVerdict.Down, (await TurnAsync()).Verdict);
    }

    [Fact]
    public async Task A_listener_that_throws_costs_no_verdict()
    {
        Add("a");
        await StartAsync();
        Directory.Changed += ThrowOnce;
        await EventFilter.Exception<InvalidOperationException>("listener").ExpectOneAsync(() =>
        {
            Time.Advance(Second);
            return Task.CompletedTask;
        });
        await SettleAsync();
        Assert.Equal(BackendHealth.Healthy, HealthOf("a"));
        Assert.Equal(ProbeVerdict.Up, (await TurnAsync()).Verdict);

        void ThrowOnce(BackendSet set)
        {
            Directory.Changed -= ThrowOnce;
            throw new InvalidOperationException("listener");
        }
    }

    [Fact]
    public async Task A_demand_probes_at_once()
    {
        Add("a");
        await StartAsync();
        Supervisor.Tell(new HealthSupervisor.Protocol.ProbeNow("nobody"));
        Supervisor.Tell(new HealthSupervisor.Protocol.ProbeNow("a"));
        Assert.Equal("a", (await NextAsync()).Backend.Id);
        Time.Advance(Options.Interval / 2);
        Supervisor.Tell(new HealthSupervisor.Protocol.ProbeNow("a"));
        await NextAsync();
        Assert.Equal(2, Probe.Started("a"));
    }

    [Fact]
    public async Task A_backend_that_traffic_ejects_is_probed_at_once_and_every_good_probe_is_told()
    {
        var up = new ConcurrentQueue<string>();
        Directory.FoundUp += backend => up.Enqueue(backend.Id);
        Options.Interval = TimeSpan.FromMinutes(1);
        Add("a");
        Add("b");
        await StartAsync();
        Time.Advance(Second);
        await NextAsync();
        await NextAsync();
        await SettleAsync();
        Time.Advance(Options.Interval / 2);
        Assert.True(Directory.Eject(Directory.Find("a")!, TransitionKind.ConsecutiveFailures, "test"));
        Assert.Equal("a", (await NextAsync()).Backend.Id);
        await SettleAsync();
        Assert.Equal((2, 1), (Probe.Started("a"), Probe.Started("b")));
        Assert.Equal(["a", "a", "b"], up.Order());
    }

    [Fact]
    public async Task Demands_in_quick_succession_share_one_probe_a_tenth_of_the_interval_later()
    {
        Add("a");
        await StartAsync();
        await TurnAsync();
        for (var i = 0; i < 100; i++)
        {
            Supervisor.Tell(new HealthSupervisor.Protocol.ProbeNow("a"));
        }

        await SettleAsync();
        await SettleAsync();
        Assert.Equal(Options.Interval / 10, Time.LastArmed);
        await TurnAsync();
        Assert.Equal(2, Probe.Started("a"));
        Assert.InRange(Time.LastArmed, Options.Interval * 0.9, Options.Interval * 1.1);
    }

    [Fact]
    public async Task A_demand_during_a_probe_is_met_by_another_one_soon_after()
    {
        Add("a");
        Probe.Hang("a");
        await StartAsync();
        Time.Advance(Second);
        await StartedAsync("a", 1);
        Supervisor.Tell(new HealthSupervisor.Protocol.ProbeNow("a"));
        await SettleAsync();
        Probe.Release("a", new ProbeResult(IsUp: true, "before"));
        await NextAsync();
        Assert.Equal(Options.Interval / 10, Time.LastArmed);
    }
}
