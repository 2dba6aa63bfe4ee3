using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>What of a backend's state depends on the others: whether it may be ejected, whether it begins slowly.</summary>
/// <remarks>It keeps counts, so that a failure which ejects nobody costs the same however many backends there are. Guarded by the directory's lock, but for <see cref="MayEjectAny"/>.</remarks>
internal sealed class PeerRules
{
    private readonly HealthRules _rules;
    private readonly TimeProvider _time;
    private int _takePart;
    private int _out;
    private int _well;

    // Until then nobody has been well for long; whoever becomes well later has been for less.
    private DateTimeOffset _noneIsOldBefore;

    public PeerRules(HealthRules rules, TimeProvider time)
    {
        _rules = rules;
        _time = time;
    }

    /// <summary>Whether there is room for an ejection at all; any thread, and perhaps out of date.</summary>
    public bool MayEjectAny => Volatile.Read(ref _out) < Most(Volatile.Read(ref _takePart)) && Volatile.Read(ref _well) > 1;

    /// <summary>Takes the state of one in.</summary>
    public void Count(BackendStatus status) => Count(status, 1);

    /// <summary>Takes a state out that was taken in.</summary>
    public void Discount(BackendStatus status) => Count(status, -1);

    /// <summary>Whether this state gets its full traffic.</summary>
    public bool IsWell(BackendHealth health) =>
        health is BackendHealth.Healthy or BackendHealth.Degraded || (health == BackendHealth.Unknown && _rules.UnknownIsEligible);

    /// <summary>Whether a backend that comes now has others beside it that can do the work meanwhile.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="all">It and the others.</param>
    /// <param name="evenIfNew">Whether others that came up a moment ago are a measure too: for who was ejected while they carried on.</param>
    public bool BeginsSlowly(Backend backend, ImmutableArray<BackendStatus> all, bool evenIfNew)
    {
        var now = _time.GetUtcNow();
        if (!evenIfNew && now < _noneIsOldBefore)
        {
            return false;
        }

        var oldest = now;
        foreach (var status in all)
        {
            if (ReferenceEquals(status.Backend, backend) || !IsWell(status.Health))
            {
                continue;
            }

            // One that starts slowly itself, or began a moment ago, is no measure: when all are new none should wait for the others.
            if (status.Weight > 0 && status.RampsSince == 0 && (evenIfNew || now - status.ChangedAt >= _rules.SlowStart))
            {
                return true;
            }

            oldest = status.ChangedAt < oldest ? status.ChangedAt : oldest;
        }

        // When all come up together each would look at all the others, to find that they are new. The one that comes now is newer still.
        _noneIsOldBefore = evenIfNew ? _noneIsOldBefore : oldest + _rules.SlowStart;
        return false;
    }

    /// <summary>Whether it may be ejected: only what gets traffic, only so many at a time, and never the last.</summary>
    public bool MayEject(BackendStatus status) => IsWell(status.Health) && _out < Most(_takePart) && IsAnotherWell(status);

    /// <summary>Whether any other gets traffic.</summary>
    public bool IsAnotherWell(BackendStatus status) => _well > (IsCountedWell(status) ? 1 : 0);

    private bool IsCountedWell(BackendStatus status) => status.Weight > 0 && IsWell(status.Health);

    // Of two one may go, whatever the part.
    private int Most(int takePart) => _rules.MaxEjected <= 0 ? 0 : Math.Max(1, (int)(_rules.MaxEjected * takePart));

    private void Count(BackendStatus status, int sign)
    {
        if (status.Weight == 0 || status.Health is BackendHealth.Draining or BackendHealth.Disabled)
        {
            return;
        }

        // One that nobody came to try, as in a tier without traffic, must not keep others in for ever.
        var isOut = status.Health == BackendHealth.Ejected || (status.Health == BackendHealth.Probation && !status.Ejection.IsUnasked);
        Volatile.Write(ref _takePart, _takePart + sign);
        Volatile.Write(ref _out, _out + (isOut ? sign : 0));
        Volatile.Write(ref _well, _well + (IsWell(status.Health) ? sign : 0));
    }
}
