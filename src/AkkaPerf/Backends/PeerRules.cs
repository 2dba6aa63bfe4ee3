using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>What of a backend's state depends on the others: whether it may be ejected, whether it begins slowly. Pure.</summary>
internal sealed class PeerRules
{
    private readonly HealthRules _rules;
    private readonly TimeProvider _time;

    public PeerRules(HealthRules rules, TimeProvider time)
    {
        _rules = rules;
        _time = time;
    }

    /// <summary>Whether this state gets its full traffic.</summary>
    public bool IsWell(BackendHealth health) =>
        health is BackendHealth.Healthy or BackendHealth.Degraded || (health == BackendHealth.Unknown && _rules.UnknownIsEligible);

    /// <summary>Whether a backend that comes now has others beside it that can do the work meanwhile.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="all">All of them.</param>
    /// <param name="evenIfNew">Whether others count that came a moment ago, for this one was there before them.</param>
    public bool BeginsSlowly(Backend backend, ImmutableArray<BackendStatus> all, bool evenIfNew = false)
    {
        foreach (var status in all)
        {
            // One that starts slowly itself, or began a moment ago, is no measure: when all are new none should wait for the others.
            if (!ReferenceEquals(status.Backend, backend) && status.Weight > 0 && IsWell(status.Health) && status.RampsSince == 0 && (evenIfNew || !IsNew(status)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it may be ejected: only what gets traffic, only so many at a time, and never the last.</summary>
    public bool MayEject(BackendStatus status, ImmutableArray<BackendStatus> all)
    {
        if (!IsWell(status.Health))
        {
            return false;
        }

        var (takePart, ejected) = (0, 0);
        foreach (var other in all)
        {
            if (other.Weight > 0 && other.Health is not (BackendHealth.Draining or BackendHealth.Disabled))
            {
                takePart++;
                ejected += other.Health is BackendHealth.Ejected or BackendHealth.Probation ? 1 : 0;
            }
        }

        // Of two one may go, whatever the part.
        var most = _rules.MaxEjected <= 0 ? 0 : Math.Max(1, (int)(_rules.MaxEjected * takePart));
        return ejected < most && IsAnotherWell(status, all);
    }

    /// <summary>Whether any other gets traffic.</summary>
    public bool IsAnotherWell(BackendStatus status, ImmutableArray<BackendStatus> all)
    {
        foreach (var other in all)
        {
            if (!ReferenceEquals(other.Backend, status.Backend) && other.Weight > 0 && IsWell(other.Health))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsNew(BackendStatus status) => _time.GetUtcNow() - status.ChangedAt < _rules.SlowStart;
}
