using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Turns one backend's probe results into verdicts: <c>rise</c> successes in a row bring it back, <c>fall</c> failures in a row take it out.</summary>
/// <remarks>Out of unknown one result suffices. Owned by the backend's prober, outlives the prober's restart.</remarks>
internal sealed class HealthState
{
    private readonly int _rise;
    private readonly int _fall;
    private bool _lastIsUp;

    public HealthState(int rise, int fall, ProbeVerdict initial = ProbeVerdict.Unknown)
    {
        _rise = rise;
        _fall = fall;
        Verdict = initial;
    }

    /// <summary>What the probes say together.</summary>
    public ProbeVerdict Verdict { get; private set; }

    /// <summary>What the last probe saw.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>How many results in a row, the last included, were as the last one; 0 before the first.</summary>
    public int InARow { get; private set; }

    /// <summary>Takes a result; the new verdict if this result changed it, else null.</summary>
    public ProbeVerdict? Record(ProbeResult result)
    {
        InARow = InARow > 0 && result.IsUp == _lastIsUp ? Math.Min(InARow, int.MaxValue - 1) + 1 : 1;
        _lastIsUp = result.IsUp;
        Detail = result.Detail ?? "";

        var verdict = result.IsUp ? ProbeVerdict.Up : ProbeVerdict.Down;
        var needed = Verdict == ProbeVerdict.Unknown ? 1 : result.IsUp ? _rise : _fall;
        if (verdict == Verdict || InARow < needed)
        {
            return null;
        }

        Verdict = verdict;
        return verdict;
    }
}
