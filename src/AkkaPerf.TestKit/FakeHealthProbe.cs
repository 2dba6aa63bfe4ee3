using System.Collections.Concurrent;
using AkkaPerf.Backends;
using AkkaPerf.Health;

namespace AkkaPerf.TestKit;

/// <summary>A probe that answers as scripted per backend id, and signals each start; unscripted backends are up. Any thread.</summary>
public sealed class FakeHealthProbe : IHealthProbe
{
    private readonly ConcurrentDictionary<string, FakeProbeScript> _scripts = new(StringComparer.Ordinal);

    /// <summary>From now on the backend is up.</summary>
    public void Up(string backendId, string detail = "scripted up") => Script(backendId).Answer(new ProbeResult(IsUp: true, detail));

    /// <summary>From now on the backend is up but impaired.</summary>
    public void Degraded(string backendId, string detail = "scripted degraded") =>
        Script(backendId).Answer(new ProbeResult(IsUp: true, detail) { IsDegraded = true });

    /// <summary>From now on the backend is down.</summary>
    public void Down(string backendId, string detail = "scripted down") => Script(backendId).Answer(new ProbeResult(IsUp: false, detail));

    /// <summary>From now on the backend's probes throw.</summary>
    public void Throw(string backendId, Exception exception) => Script(backendId).Throw(exception);

    /// <summary>From now on the backend's probes hang until they are released or, unless they ignore it, their token is cancelled.</summary>
    public void Hang(string backendId, bool ignoreToken = false) => Script(backendId).Hang(ignoreToken);

    /// <summary>Ends every probe of the backend that hangs now; later ones still hang. Returns how many.</summary>
    public int Release(string backendId, ProbeResult result) => Script(backendId).Release(result);

    /// <summary>How many probes of the backend have started.</summary>
    public int Started(string backendId) => Script(backendId).Started;

    /// <summary>How many probes of the backend hang now.</summary>
    public int Hanging(string backendId) => Script(backendId).Hanging;

    /// <summary>The most probes of the backend that ever ran side by side.</summary>
    public int MostAtOnce(string backendId) => Script(backendId).MostAtOnce;

    /// <summary>Completes when the backend's n-th probe, counted from 1, has started.</summary>
    public Task StartedAsync(string backendId, int nth, CancellationToken cancellationToken = default) =>
        Script(backendId).StartedAsync(nth).WaitAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask<ProbeResult> ProbeAsync(Backend backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return new ValueTask<ProbeResult>(Script(backend.Id).ProbeAsync(cancellationToken));
    }

    private FakeProbeScript Script(string backendId) => _scripts.GetOrAdd(backendId, static _ => new FakeProbeScript());
}
