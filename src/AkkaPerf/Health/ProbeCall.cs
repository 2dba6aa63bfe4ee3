using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>One call of a probe; also the identity by which a late end is told from the current one.</summary>
[SuppressMessage("Design", "CA1001", Justification = "An abandoned probe may still register with its token; a source without a timer holds nothing to release.")]
internal sealed class ProbeCall
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>Runs the probe on the thread pool, so that one that blocks stalls neither its prober nor its timeout.</summary>
    public Task<ProbeResult> RunAsync(IHealthProbe probe, Backend backend, ProbeCalls calls)
    {
        var token = _cancellation.Token;
        return Task.Run(
            async () =>
            {
                try
                {
                    return await probe.ProbeAsync(backend, token).ConfigureAwait(false);
                }
                finally
                {
                    calls.Leave();
                }
            },
            CancellationToken.None);
    }

    /// <summary>Cancels the probe's token, on another thread because the probe's own callbacks run there.</summary>
    public void Abandon() =>
        _ = _cancellation.CancelAsync().ContinueWith(
            // A callback that throws is the probe's affair, which counts as failed already: reading the exception observes it.
            static cancelled => cancelled.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}
