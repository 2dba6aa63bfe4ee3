using AkkaPerf.Health;

namespace AkkaPerf.TestKit;

/// <summary>What one backend's probes answer, and how many there were.</summary>
internal sealed class FakeProbeScript
{
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource<ProbeResult>> _hanging = [];
    private readonly List<(int Nth, TaskCompletionSource Signal)> _waiting = [];
    private Func<CancellationToken, Task<ProbeResult>> _answer = static _ => Task.FromResult(new ProbeResult(IsUp: true, "up"));
    private int _running;

    public int Started { get; private set; }

    public int MostAtOnce { get; private set; }

    public int Hanging
    {
        get
        {
            lock (_gate)
            {
                return _hanging.Count;
            }
        }
    }

    public void Answer(ProbeResult result) => Set(_ => Task.FromResult(result));

    public void Throw(Exception exception) => Set(_ => Task.FromException<ProbeResult>(exception));

    public void Hang(bool ignoreToken) => Set(token => HangAsync(ignoreToken ? CancellationToken.None : token));

    public int Release(ProbeResult result)
    {
        TaskCompletionSource<ProbeResult>[] released;
        lock (_gate)
        {
            released = [.. _hanging];
            _hanging.Clear();
        }

        return released.Count(hanging => hanging.TrySetResult(result));
    }

    public Task StartedAsync(int nth)
    {
        lock (_gate)
        {
            if (Started >= nth)
            {
                return Task.CompletedTask;
            }

            var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((nth, signal));
            return signal.Task;
        }
    }

    public async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        Task<ProbeResult> answer;
        lock (_gate)
        {
            Started++;
            MostAtOnce = Math.Max(MostAtOnce, ++_running);
            answer = _answer(cancellationToken);
            _waiting.Where(waiting => waiting.Nth <= Started).ToList().ForEach(waiting => waiting.Signal.TrySetResult());
            _waiting.RemoveAll(waiting => waiting.Nth <= Started);
        }

        try
        {
            return await answer.ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _running--;
            }
        }
    }

    private async Task<ProbeResult> HangAsync(CancellationToken cancellationToken)
    {
        // Under the gate until the first await: whoever sees the start finds it hanging.
        var hanging = new TaskCompletionSource<ProbeResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _hanging.Add(hanging);
        await using var registration = cancellationToken.Register(() => hanging.TrySetCanceled(cancellationToken)).ConfigureAwait(false);
        try
        {
            return await hanging.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _hanging.Remove(hanging);
            }
        }
    }

    private void Set(Func<CancellationToken, Task<ProbeResult>> answer)
    {
        lock (_gate)
        {
            _answer = answer;
        }
    }
}
