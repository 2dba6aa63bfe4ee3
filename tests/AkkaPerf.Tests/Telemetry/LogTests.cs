using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Telemetry;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Backends;
using AkkaPerf.Tests.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>What pipelines write into the log, with which ids, and how often.</summary>
public sealed class LogTests : PipelineHarness
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly RecordingLoggers _log = new();

    public LogTests() => Services = new ServiceCollection().AddSingleton<ILoggerFactory>(_log).BuildServiceProvider();

    [Fact]
    public async Task Start_drain_and_stop_are_said_once_each()
    {
        var (pipeline, _) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        await InTime(pipeline.SendAsync(1).AsTask());
        await InTime(pipeline.DrainAsync());
        await Until(() => _log.Lines.Count == 3);

        Assert.Equal([LogEvents.PipelineStarted, LogEvents.PipelineDraining, LogEvents.PipelineStopped], _log.Ids);
        Assert.All(_log.Lines, static line => Assert.Equal(("AkkaPerf.Pipeline.test-1", LogLevel.Information), (line.Category, line.Level)));
        Assert.Equal(
            ["Pipeline test-1 has started.", "Pipeline test-1 drains: 0 exchanges inside have 00:00:10 to end.", "Pipeline test-1 has stopped."],
            _log.Lines.Select(static line => line.Text));
    }

    [Fact]
    public async Task One_that_is_replaced_says_so()
    {
        var (pipeline, _) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        await InTime(pipeline.SendAsync(1).AsTask());
        await InTime(pipeline.RetireAsync());
        await Until(() => _log.Lines.Count == 3);

        Assert.Equal([LogEvents.PipelineStarted, LogEvents.PipelineReplaced, LogEvents.PipelineStopped], _log.Ids);
        Assert.Equal(
            (LogLevel.Information, "Pipeline test-1 lets no more in, for another one has taken over or it is not wanted any more; 0 exchanges inside are finished."),
            Assert.Single(Lines(LogEvents.PipelineReplaced)));
    }

    [Fact]
    public async Task A_source_of_backends_that_fails_is_said_once_until_it_is_right_again()
    {
        var source = new ScriptedSource();
        Start<int, int>(builder => builder.BackendsFrom(source).ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) => Task.FromResult(id)));
        for (var failures = 1; failures <= 3; failures++)
        {
            source.Fail(new IOException("no answer"));
            await Until(() =>
            {
                Time.Advance(TimeSpan.FromSeconds(1));
                return source.Watched > failures;
            });
        }

        Assert.Equal(
            (LogLevel.Warning, "Pipeline test-1: The backends of the script are not known; the last known ones stay."),
            Assert.Single(Lines(LogEvents.BackendSourceTroubled)));
    }

    [Fact]
    public async Task What_happens_to_a_backend_is_said_once_each()
    {
        var (_, runtime) = Start<int, int>(
            builder => builder.ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) => Task.FromResult(id)),
            static options => options.Backends.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") }));
        var directory = runtime.Core.Directory!;
        await Until(() =>
        {
            directory.Drain("a", draining: true);
            directory.Drain("a", draining: false);
            return _log.Ids.Contains(LogEvents.BackendChanged);
        });

        var b = directory.Add(new BackendOptions { Id = "b", Address = new Uri("tcp://b:1") });
        for (var time = 0; time < 3; time++)
        {
            directory.Judge(b, ProbeVerdict.Down, "connect refused");
        }

        for (var time = 0; time < 3; time++)
        {
            directory.Judge(b, ProbeVerdict.Up, "200");
        }

        directory.Remove("b");
        directory.Remove("b");
        await Until(() => _log.Ids.Contains(LogEvents.BackendRemoved));

        Assert.Equal(
            [
                (LogEvents.BackendAdded, LogLevel.Information, "Pipeline test-1: backend b (tcp://b:1/) was added"),
                (LogEvents.BackendDown, LogLevel.Warning, "Pipeline test-1: backend b (tcp://b:1/) is unhealthy, was unknown: connect refused"),
                (LogEvents.BackendChanged, LogLevel.Information, "Pipeline test-1: backend b (tcp://b:1/) is healthy, was unhealthy: 200"),
                (LogEvents.BackendRemoved, LogLevel.Information, "Pipeline test-1: backend b (tcp://b:1/) was removed"),
            ],
            _log.Lines.Where(static line => line.Text.Contains("backend b", StringComparison.Ordinal)).Select(static line => (line.Id, line.Level, line.Text)));
        Assert.All(_log.Lines.Where(static line => line.Id is > 1100 and < 1200), static line => Assert.Equal("AkkaPerf.Backends.test-1", line.Category));
    }

    [Fact]
    public async Task Backends_and_panic_are_said_on_change_with_the_cause()
    {
        var (_, runtime) = Start<int, int>(
            builder => builder.ConnectWith(new FakeConnectionFactory()).Handle((id, _, _) => Task.FromResult(id)),
            options =>
            {
                options.Balancing.PanicThreshold = 0.5;
                options.Health.Passive.MaxEjected = 1;
                options.Backends.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1") });
                options.Backends.Add(new BackendOptions { Id = "b", Address = new Uri("tcp://b:1") });
                options.Backends.Add(new BackendOptions { Id = "c", Address = new Uri("tcp://c:1") });
            });
        var directory = runtime.Core.Directory!;

        // Until the reporter listens.
        await Until(() =>
        {
            directory.Drain("a", draining: true);
            directory.Drain("a", draining: false);
            return _log.Ids.Contains(LogEvents.BackendChanged);
        });
        directory.Eject(directory.Find("a")!, TransitionKind.ConsecutiveFailures, "five in a row");
        directory.Eject(directory.Find("a")!, TransitionKind.ConsecutiveFailures, "five in a row");
        directory.Eject(directory.Find("b")!, TransitionKind.SuccessRate, "half of them");
        await Until(() => _log.Ids.Contains(LogEvents.PanicBegun));

        var ejected = _log.Lines.Where(static line => line.Id == LogEvents.BackendEjected).Select(static line => (line.Category, line.Level, line.Text)).ToArray();
        Assert.Equal(
            [
                ("AkkaPerf.Backends.test-1", LogLevel.Warning, "Pipeline test-1: backend a (tcp://a:1/) is ejected, was unknown: five in a row"),
                ("AkkaPerf.Backends.test-1", LogLevel.Warning, "Pipeline test-1: backend b (tcp://b:1/) is ejected, was unknown: half of them"),
            ],
            ejected);
        Assert.Equal(
            (LogLevel.Warning, "Pipeline test-1 panics: so few backends are well that those ejected get traffic again"),
            Assert.Single(Lines(LogEvents.PanicBegun)));

        directory.Remove("a");
        directory.Remove("b");
        await Until(() => _log.Ids.Contains(LogEvents.PanicEnded) && Lines(LogEvents.BackendRemoved).Count() == 2);
        Assert.Equal(
            (LogLevel.Information, "Pipeline test-1 panics no more: enough backends are well, or none is ejected"),
            Assert.Single(Lines(LogEvents.PanicEnded)));
    }

    [Fact]
    public async Task Who_does_not_drain_in_time_is_said()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, _) = Start<int, int>(builder => builder.Handle((_, _) => held.Task));
        var sending = pipeline.TrySendAsync(1).AsTask();
        await Until(() => pipeline.Describe().Permits.InUse == 1);
        var draining = pipeline.DrainAsync();
        await Until(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return _log.Ids.Contains(LogEvents.DrainOverdue);
        });
        Assert.False((await InTime(sending)).IsSuccess);
        held.SetResult(1);
        await InTime(draining);

        Assert.Equal(
            (LogLevel.Warning, "Pipeline test-1 did not drain within 00:00:10: 1 exchanges inside are failed."),
            Assert.Single(Lines(LogEvents.DrainOverdue)));
    }

    [Fact]
    public async Task An_overload_that_comes_and_goes_is_one_until_it_is_quiet()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, _) => Volatile.Read(ref held).Task),
            options => (options.Throttle.Concurrency, options.Throttle.Queue) = (1, 0));
        for (var time = 0; time < 3; time++)
        {
            var inside = pipeline.SendAsync(1).AsTask();
            await Until(() => runtime.Core.Door.Shedding is not null);
            Assert.Equal(RefusalReason.QueueFull, (await InTime(pipeline.TrySendAsync(2).AsTask())).Reason);
            Time.Advance(Quiet / 4);
            held.SetResult(1);
            await InTime(inside);
            await Until(() => runtime.Core.Door.Shedding is null);
            held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Assert.DoesNotContain(LogEvents.OverloadEnded, _log.Ids);
        await Until(() =>
        {
            Time.Advance(Quiet);
            return _log.Ids.Contains(LogEvents.OverloadEnded);
        });

        Assert.Single(_log.Ids, LogEvents.OverloadBegun);
        Assert.Equal(
            (LogLevel.Information, "Pipeline test-1 is overloaded no more; it refused 3 requests."),
            Assert.Single(Lines(LogEvents.OverloadEnded)));
    }

    [Fact]
    public async Task A_full_room_that_has_callers_wait_says_so_once_until_it_is_quiet()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, _) => Volatile.Read(ref held).Task),
            options =>
            {
                (options.Throttle.Concurrency, options.Throttle.Queue) = (1, 0);
                options.Ingress.WhenFull = WhenFull.Wait;
            });
        for (var time = 0; time < 3; time++)
        {
            var inside = pipeline.SendAsync(1).AsTask();
            await Until(() => _log.Ids.Contains(LogEvents.WaitingBegun) && runtime.Core.Permits.InUse == 1);
            var waits = pipeline.SendAsync(2).AsTask();
            await Until(() => runtime.Core.Ingress.Outside == 1);
            Time.Advance(Quiet / 4);
            Assert.DoesNotContain(LogEvents.WaitingEnded, _log.Ids);
            held.SetResult(1);
            await InTime(inside);
            await InTime(waits);
            await Until(() => runtime.Core.Permits.InUse == 0);
            held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await UntilQuiet(LogEvents.WaitingEnded);
        Assert.Equal((LogLevel.Warning, "Pipeline test-1 is full: requests wait at its door."), Assert.Single(Lines(LogEvents.WaitingBegun)));
        Assert.Equal((LogLevel.Information, "Pipeline test-1 is full no more."), Assert.Single(Lines(LogEvents.WaitingEnded)));
        Assert.DoesNotContain(LogEvents.OverloadBegun, _log.Ids);
    }

    [Fact]
    public async Task A_door_that_is_full_says_that_callers_wait_at_it()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = Start<int, int>(
            builder => builder.Handle((_, _) => held.Task),
            options => (options.Ingress.Capacity, options.Ingress.WhenFull) = (1, WhenFull.Wait));
        var inside = pipeline.SendAsync(1).AsTask();
        await Until(() => runtime.Core.Permits.InUse == 1);
        Assert.DoesNotContain(LogEvents.WaitingBegun, _log.Ids);
        var waits = pipeline.SendAsync(2).AsTask();
        await Until(() => _log.Ids.Contains(LogEvents.WaitingBegun));
        Time.Advance(2 * Quiet);
        Assert.DoesNotContain(LogEvents.WaitingEnded, _log.Ids);
        held.SetResult(1);
        await InTime(inside);
        await InTime(waits);

        await UntilQuiet(LogEvents.WaitingEnded);
        Assert.Single(Lines(LogEvents.WaitingBegun));
    }

    [Fact]
    public async Task A_door_that_is_full_and_refuses_is_an_overload()
    {
        var held = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((_, _) => held.Task), options => options.Ingress.Capacity = 1);
        var inside = pipeline.SendAsync(1).AsTask();
        await Until(() => runtime.Core.Permits.InUse == 1);
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(RefusalReason.QueueFull, (await InTime(pipeline.TrySendAsync(2).AsTask())).Reason);
            Time.Advance(Quiet / 4);
        }

        Assert.Equal((LogLevel.Warning, "Pipeline test-1 is overloaded and refuses requests: queue_full."), Assert.Single(Lines(LogEvents.OverloadBegun)));
        Assert.DoesNotContain(LogEvents.OverloadEnded, _log.Ids);
        held.SetResult(1);
        await InTime(inside);

        await UntilQuiet(LogEvents.OverloadEnded);
        Assert.Equal("Pipeline test-1 is overloaded no more; it refused 3 requests.", Assert.Single(Lines(LogEvents.OverloadEnded)).Text);
        Assert.Single(Lines(LogEvents.OverloadBegun));
    }

    [Fact]
    public async Task A_failed_stream_is_an_error()
    {
        var (pipeline, runtime) = Start<int, int>(builder => builder.Handle((id, _) => Task.FromResult(id)));
        await InTime(pipeline.SendAsync(1).AsTask());
        Poison(runtime);
        await AdvanceUntilRunning(runtime);

        Assert.Equal(
            (LogLevel.Error, "The stream of pipeline test-1 failed; what was inside has been answered. It starts again in 00:00:00.2000000."),
            Assert.Single(Lines(LogEvents.StreamFailed)));
        Assert.Single(_log.Ids, LogEvents.PipelineStarted);
    }

    private IEnumerable<(LogLevel Level, string Text)> Lines(int id) => _log.Lines.Where(line => line.Id == id).Select(static line => (line.Level, line.Text));

    private Task UntilQuiet(int ended) => Until(() =>
    {
        Time.Advance(Quiet);
        return _log.Ids.Contains(ended);
    });
}
