using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Probes by a function of yours.</summary>
public sealed class DelegateHealthProbe : IHealthProbe
{
    private readonly Func<Backend, CancellationToken, ValueTask<ProbeResult>> _probe;

    /// <summary>Probes by a function that says what it saw.</summary>
    /// <param name="probe">Called for several backends at once; an exception is a failed probe.</param>
    public DelegateHealthProbe(Func<Backend, CancellationToken, ValueTask<ProbeResult>> probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        _probe = probe;
    }

    /// <summary>Probes by a function that says whether a backend is up.</summary>
    /// <param name="probe">Called for several backends at once; an exception is a failed probe.</param>
    public DelegateHealthProbe(Func<Backend, CancellationToken, ValueTask<bool>> probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        _probe = async (backend, cancellationToken) =>
        {
            var isUp = await probe(backend, cancellationToken).ConfigureAwait(false);
            return new ProbeResult(isUp, isUp ? "the probe said up" : "the probe said down");
        };
    }

    /// <inheritdoc />
    public ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken) => _probe(backend, cancellationToken);
}
