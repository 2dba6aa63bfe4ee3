using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Turns one backend's probe results into verdicts: <c>rise</c> successes in a row bring it back, <c>fall</c> failures in a row take it out.</summary>
/// <remarks>
/// Out of unknown one result suffices. Degraded is a success; up becomes degraded after <c>fall</c> such results, and degraded up after
/// <c>rise</c> better ones. Owned by the backend's prober, outlives the prober's restart.
/// </remarks>
internal sealed class HealthState
{
    private readonly int _rise;
    private readonly int _fall;
    private readonly FlapDamping? _damping;
    private bool _lastIsUp;
    private ProbeVerdict _lastKind;
    private int _ofKind;

    public HealthState(int rise, int fall, ProbeVerdict initial = ProbeVerdict.Unknown, FlapDamping? damping = null)
    {
        _rise = rise;
        _fall = fall;
        _damping = damping;
        Verdict = initial;
    }

    /// <summary>What the probes say together.</summary>
    public ProbeVerdict Verdict { get; private set; }

    /// <summary>What the last probe saw.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>How many results in a row, the last included, were up or down like the last one; 0 before the first.</summary>
    public int InARow { get; private set; }

    /// <summary>Failures in a row since the verdict is down, the one that made it so included.</summary>
    public int DownInARow { get; private set; }

    /// <summary>Whether the last result speaks against the verdict: the next ones may change it.</summary>
    public bool IsOnEdge => InARow > 0 && _lastKind != Verdict;

    /// <summary>Successes in a row that it takes now to bring it back.</summary>
    public int Rise => _rise * (_damping?.Factor ?? 1);

    /// <summary>Takes a result; the new verdict if this result changed it, else null.</summary>
    public ProbeVerdict? Record(ProbeResult result)
    {
        var kind = !result.IsUp ? ProbeVerdict.Down : result.IsDegraded ? ProbeVerdict.Degraded : ProbeVerdict.Up;
        _ofKind = kind == _lastKind ? Next(_ofKind) : 1;
        InARow = InARow > 0 && result.IsUp == _lastIsUp ? Next(InARow) : 1;
        _lastKind = kind;
        _lastIsUp = result.IsUp;
        Detail = result.Detail ?? "";

        var before = Verdict;
        if (kind != before && IsEnough(kind))
        {
            Verdict = kind;
        }

        DownInARow = Verdict == ProbeVerdict.Down && !result.IsUp ? Next(DownInARow) : 0;
        if (Verdict == before)
        {
            return null;
        }

        if (Verdict == ProbeVerdict.Down && before != ProbeVerdict.Unknown)
        {
            _damping?.Fell();
        }

        return Verdict;
    }

    private static int Next(int count) => Math.Min(count, int.MaxValue - 1) + 1;

    private bool IsEnough(ProbeVerdict kind) => (Verdict, kind) switch
    {
        (ProbeVerdict.Unknown, _) => true,
        (_, ProbeVerdict.Down) => InARow >= _fall,
        (ProbeVerdict.Down, _) => InARow >= Rise,
        (_, ProbeVerdict.Degraded) => _ofKind >= _fall,
        _ => _ofKind >= _rise,
    };
}
