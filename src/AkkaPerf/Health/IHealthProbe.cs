using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Asks one backend whether it is well. Several backends are probed at once.</summary>
public interface IHealthProbe
{
    /// <summary>Probes a backend.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="cancellationToken">Cancelled at the probe's timeout.</param>
    /// <exception cref="Exception">Any exception is a failed probe; its message becomes the cause.</exception>
    ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken);
}
