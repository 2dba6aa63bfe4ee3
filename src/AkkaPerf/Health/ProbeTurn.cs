namespace AkkaPerf.Health;

/// <summary>The right to probe, or the wait for it.</summary>
internal sealed class ProbeTurn
{
    private readonly ProbeGate _gate;

    public ProbeTurn(ProbeGate gate, Action<ProbeTurn> granted)
    {
        _gate = gate;
        Granted = granted;
    }

    public Action<ProbeTurn> Granted { get; }

    /// <summary>Guarded by the gate.</summary>
    public ProbeTurnState State { get; set; }

    public void Leave() => _gate.Leave(this);
}
