using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.Telemetry;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Connections;
using AkkaPerf.Tests.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>What pools of connections write into the log, with which ids, and how often.</summary>
public sealed class ConnectionLogTests : PipelineHarness
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RecordingLoggers _log = new();

    public ConnectionLogTests() => Services = new ServiceCollection().AddSingleton<ILoggerFactory>(_log).BuildServiceProvider();

    [Fact]
    public async Task A_pool_that_is_exhausted_says_so_once_until_it_is_no_more()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = StartConnected(
            new FakeConnectionFactory(),
            (_, _, _) => held.Task,
            static options =>
            {
                options.Connections.MaxPerBackend = 1;
                options.Connections.LeakThreshold = TimeSpan.Zero;
                options.Balancing.Policy = "round-robin";
            });
        var holder = pipeline.TrySendAsync(0).AsTask();
        await Until(() => runtime.Core.Pools?.Snapshot() is [{ Leased: 1 }]);
        for (var time = 0; time < 3; time++)
        {
            var waiter = new StubWaiter();
            Pool(runtime).Acquire(waiter);
            await AdvanceUntil(() => waiter.IsRefused);
        }

        held.SetResult(0);
        await InTime(holder);
        await Until(() => Lines(LogEvents.PoolRecovered).Any());

        Assert.Equal(
            ("AkkaPerf.Connections.test-1", LogLevel.Warning, "All 1 connections to default (akkaperf:default) are in use for so long that waits for one end without."),
            Assert.Single(Lines(LogEvents.PoolExhausted)));
        Assert.Equal(
            ("AkkaPerf.Connections.test-1", LogLevel.Information, "Connections to default (akkaperf:default) are free again."),
            Assert.Single(Lines(LogEvents.PoolRecovered)));
    }

    [Fact]
    public async Task Connects_that_fail_are_said_once_until_one_works()
    {
        var factory = new FakeConnectionFactory();
        factory.FailOpens();
        StartConnected(factory, static (id, _, _) => Task.FromResult(id), static options => options.Connections.MinIdle = 1);
        await AdvanceUntil(() => factory.OpensFailed >= 3);
        factory.AllowOpens();
        await AdvanceUntil(() => Lines(LogEvents.ConnectsWork).Any());

        // A connect that the clock overtakes fails of that.
        var (category, level, text) = Assert.Single(Lines(LogEvents.ConnectsFail));
        Assert.Equal(("AkkaPerf.Connections.test-1", LogLevel.Warning), (category, level));
        Assert.Matches("^Connecting to default \\(akkaperf:default\\) fails: .+\\. It is tried again with back-off\\.$", text);
        Assert.Equal(
            ("AkkaPerf.Connections.test-1", LogLevel.Information, "Connecting to default (akkaperf:default) works again."),
            Assert.Single(Lines(LogEvents.ConnectsWork)));
    }

    [Fact]
    public async Task Connects_that_ignore_their_end_are_said_once_until_they_have_ended()
    {
        var factory = new FakeConnectionFactory { IgnoresCancellation = true };
        factory.HoldOpens();
        StartConnected(factory, static (id, _, _) => Task.FromResult(id), static options => (options.Connections.MinIdle, options.Connections.ConnectTimeout) = (1, Second));
        await AdvanceUntil(() => factory.OpensStarted >= 4);
        Assert.Empty(Lines(LogEvents.ConnectsHangNoMore));
        factory.ReleaseOpens();
        await AdvanceUntil(() => Lines(LogEvents.ConnectsHangNoMore).Any());

        var (category, level, text) = Assert.Single(Lines(LogEvents.ConnectsHang));
        Assert.Equal(("AkkaPerf.Connections.test-1", LogLevel.Warning), (category, level));
        Assert.Equal("1 connects to default (akkaperf:default) were told to stop, but have not ended 1 s later: the connection factory ignores its token or hangs.", text);
        Assert.Equal(
            ("AkkaPerf.Connections.test-1", LogLevel.Information, "The connects to default (akkaperf:default) that hung have ended."),
            Assert.Single(Lines(LogEvents.ConnectsHangNoMore)));
    }

    [Fact]
    public async Task A_lease_that_is_kept_too_long_is_said_once_and_so_is_its_return()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = StartConnected(new FakeConnectionFactory(), (_, _, _) => held.Task, static options => options.Connections.LeakThreshold = 5 * Second);
        var holder = pipeline.TrySendAsync(0).AsTask();
        await Until(() => runtime.Core.Pools?.Snapshot() is [{ Leased: 1 }]);
        await AdvanceUntil(() => Lines(LogEvents.LeaseLeaked).Any());
        Time.Advance(20 * Second);
        Assert.Empty(Lines(LogEvents.LeaseReturned));
        held.SetResult(0);
        await InTime(holder);
        await Until(() => Lines(LogEvents.LeaseReturned).Any());

        var (category, level, text) = Assert.Single(Lines(LogEvents.LeaseLeaked));
        Assert.Equal(("AkkaPerf.Connections.test-1", LogLevel.Warning), (category, level));
        Assert.Matches("^A connection to default \\(akkaperf:default\\), taken by pipeline test-1, has not been given back for [0-9.]+ s\\.$", text);
        (category, level, text) = Assert.Single(Lines(LogEvents.LeaseReturned));
        Assert.Equal(("AkkaPerf.Connections.test-1", LogLevel.Information), (category, level));
        Assert.Matches("^A connection to default \\(akkaperf:default\\), taken by pipeline test-1, was given back after [0-9.]+ s\\.$", text);
    }

    [Fact]
    public async Task A_close_that_fails_is_for_those_who_look_closely()
    {
        var factory = new FakeConnectionFactory();
        var (pipeline, _) = StartConnected(factory, async (id, connection, _) =>
        {
            await factory.CloseAsync(connection);
            throw new IOException("It broke.");
        });
        await InTime(pipeline.TrySendAsync(1).AsTask());
        await Until(() => Lines(LogEvents.CloseFailed).Any());

        Assert.Equal(
            ("AkkaPerf.Connections.test-1", LogLevel.Debug, "Closing a connection to default (akkaperf:default) failed."),
            Assert.Single(Lines(LogEvents.CloseFailed)));
    }

    [Fact]
    public async Task Who_fails_when_its_wait_ends_is_an_error_and_keeps_nothing()
    {
        var (_, runtime) = StartConnected(new FakeConnectionFactory(), static (id, _, _) => Task.FromResult(id));
        await Until(() => runtime.Core.Pools?.Find(runtime.Core.Directory!.Find("default")!) is not null);
        Pool(runtime).Acquire(new FailingWaiter());
        await Until(() => Lines(LogEvents.WaiterFailed).Any());

        Assert.Equal(
            ("AkkaPerf.Connections.test-1", LogLevel.Error, "Somebody who waited for a connection to default (akkaperf:default) failed when the wait ended."),
            Assert.Single(Lines(LogEvents.WaiterFailed)));
        await AssertNothingHeld(runtime);
    }

    private static IBackendPool Pool(PipelineRuntime runtime) =>
        runtime.Core.Pools!.Find(runtime.Core.Directory!.Find("default")!)!;

    private IEnumerable<(string Category, LogLevel Level, string Text)> Lines(int id) =>
        _log.Lines.Where(line => line.Id == id).Select(static line => (line.Category, line.Level, line.Text));

    private Task AdvanceUntil(Func<bool> isTrue) => Until(() =>
    {
        Time.Advance(Second);
        return isTrue();
    });

    private sealed class FailingWaiter : ILeaseWaiter
    {
        public bool IsAbandoned => false;

        public bool PrefersFailure => false;

        public long Deadline => long.MaxValue;

        public void Granted(Lease lease) => throw new InvalidOperationException("It cannot be taken.");

        public void Refused(Exception? cause, bool isConnectFailure, TimeSpan retryAfter)
        {
            // It is not asked to.
        }
    }
}
