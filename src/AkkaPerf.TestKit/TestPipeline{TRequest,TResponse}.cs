using Akka.Actor;
using Akka.Streams.Implementation;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.TestKit;

/// <summary>A pipeline in an actor system of its own and in virtual time; its end drains it and checks that nothing goes on.</summary>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TResponse">What is answered.</typeparam>
public sealed class TestPipeline<TRequest, TResponse> : IAsyncDisposable
{
    // How often a drain is looked at before virtual time ends it: it waits for nothing but handlers, and those are the test's.
    private static readonly TimeSpan DrainPatience = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);

    private readonly ActorSystem _system;
    private readonly PipelineRuntime _runtime;
    private readonly int _seed;
    private bool _isDisposed;

    internal TestPipeline(
        ActorSystem system, IRequestPipeline<TRequest, TResponse> pipeline, PipelineRuntime runtime, FakeTimeProvider time, int seed)
    {
        _system = system;
        _runtime = runtime;
        _seed = seed;
        Pipeline = pipeline;
        Time = time;
    }

    /// <summary>The pipeline itself.</summary>
    public IRequestPipeline<TRequest, TResponse> Pipeline { get; }

    /// <summary>Its clock, which stands still between advances.</summary>
    public FakeTimeProvider Time { get; }

    /// <summary>Where it runs.</summary>
    public ActorSystem System => _system;

    internal PipelineCore Core => _runtime.Core;

    /// <summary>Lets virtual time pass; timers that become due fire before this returns, what they wake may go on a little longer.</summary>
    public void Advance(TimeSpan time) => Time.Advance(time);

    /// <summary>Waits until something is so that gives no signal of its own.</summary>
    /// <param name="isSo">Looked at again and again: must be cheap, any thread.</param>
    /// <param name="what">What is expected, for the failure's text.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ExpectationFailedException">It does not become so.</exception>
    public Task UntilAsync(Func<bool> isSo, string what, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(isSo);
        return Patience.UntilAsync(isSo, () => $"{what} (seed {_seed}: {Figures()})", cancellationToken);
    }

    /// <summary>Waits until everything is given back: nothing in flight or waiting, no permit, zombie or lease held.</summary>
    /// <exception cref="ExpectationFailedException">Something is not given back.</exception>
    public Task AssertIdleAsync(CancellationToken cancellationToken = default) =>
        UntilAsync(IsIdle, "the pipeline to be idle", cancellationToken);

    /// <summary>Drains the pipeline and its actor system; what is still inside then is failed.</summary>
    /// <exception cref="ExpectationFailedException">It does not end, or a stage goes on.</exception>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        var drained = Pipeline.DrainAsync();
        await Task.WhenAny(drained, Task.Delay(DrainPatience)).ConfigureAwait(false);
        if (!drained.IsCompleted)
        {
            Time.Advance(_runtime.Core.Options.DrainTimeout);
        }

        try
        {
            await drained.WaitAsync(EndPatience).ConfigureAwait(false);
            await AssertStagesStoppedAsync().ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new ExpectationFailedException($"The pipeline did not end (seed {_seed}: {Figures()}).", exception);
        }
        finally
        {
            await _system.Terminate().ConfigureAwait(false);
        }
    }

    private async Task AssertStagesStoppedAsync()
    {
        var supervisors = _system.ActorSelection("/system/StreamSupervisor-*");
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            // No answer: there is no supervisor any more, and it outlives its stages.
            var left = await supervisors.Ask<object>(StreamSupervisor.GetChildren.Instance, TimeSpan.FromMilliseconds(50)).ContinueWith(
                static answer => answer.IsCompletedSuccessfully && answer.Result is StreamSupervisor.Children children ? children.Refs.Count : 0,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default).ConfigureAwait(false);
            if (left == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > EndPatience)
            {
                throw new ExpectationFailedException($"{left} islands go on after the pipeline's end (seed {_seed}).");
            }
        }
    }

    private bool IsIdle()
    {
        var now = Pipeline.Describe();
        return now is { InFlight: 0, Permits.InUse: 0, Zombies: 0, Waiting: { Door: 0, Room: 0, Joined: 0, Connection: 0 } }
            && now.Backends.All(backend => backend is { InFlight: 0, Connections: null or { Leased: 0, Waiting: 0 } })
            && (_runtime.Core.Loads?.Count ?? 0) == 0;
    }

    private string Figures()
    {
        var now = Pipeline.Describe();
        return $"{now.State}, {now.InFlight} in flight, {now.Permits.InUse} permits, {now.Zombies} zombies, {now.Waiting}, "
            + $"{now.Backends.Sum(backend => backend.InFlight)} at backends, {now.Backends.Sum(backend => backend.Connections?.Leased ?? 0)} leases, "
            + $"{_runtime.Core.Loads?.Count ?? 0} loads";
    }
}
