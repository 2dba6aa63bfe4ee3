namespace AkkaPerf.Backends;

/// <summary>Says which state follows for a backend from what is known of it and of the others, and notes it. Under the directory's lock.</summary>
internal sealed class Settling
{
    private readonly HealthMachine _machine;
    private readonly PeerRules _peers;
    private readonly BackendRoster _roster;
    private readonly TransitionLog _transitions;
    private readonly TimeProvider _time;

    public Settling(HealthMachine machine, PeerRules peers, BackendRoster roster, TransitionLog transitions, TimeProvider time)
    {
        _machine = machine;
        _peers = peers;
        _roster = roster;
        _transitions = transitions;
        _time = time;
    }

    /// <summary>The first state of one that joins the others.</summary>
    public BackendStatus New(Backend backend, BackendOptions options, int connectionLimit)
    {
        var status = new BackendStatus(backend, options.Weight, BackendHealth.Unknown, "added", _time.GetUtcNow())
        {
            IsEnabled = options.Enabled,
            ConnectionLimit = connectionLimit,
        };
        status = status with { Health = _machine.Settle(status) };
        return _peers.IsWell(status.Health) && _peers.BeginsSlowly(backend, _roster.All, evenIfNew: false) ? _machine.StartSlowly(status, _time.GetTimestamp()) : status;
    }

    /// <summary>Takes what a list may change of a backend that stays the same one.</summary>
    public BackendStatus Adjust(BackendStatus status, BackendOptions options, long now)
    {
        var adjusted = HealthMachine.Enable(status with { Weight = options.Weight }, options.Enabled, now);
        return adjusted == status
            ? status
            : Settle(status, adjusted, TransitionKind.Manual, options.Enabled ? "enabled by its source" : "disabled by its source", now);
    }

    /// <summary>What follows from what is known now. Whoever comes back among others starts slowly; if nobody else is there, somebody must do the work.</summary>
    public BackendStatus Settle(BackendStatus before, BackendStatus after, TransitionKind kind, string? cause, long now)
    {
        var health = _machine.Settle(after);
        if (health == before.Health)
        {
            return after;
        }

        if (!_peers.IsWell(health))
        {
            after = HealthMachine.EndSlowStart(after);
        }
        else if (!_peers.IsWell(before.Health) && _peers.BeginsSlowly(after.Backend, _roster.All, evenIfNew: before.Health == BackendHealth.Probation))
        {
            after = _machine.StartSlowly(after, now);
        }

        var at = _time.GetUtcNow();
        _transitions.Note(new BackendTransition(after.Backend, before.Health, health, kind, cause ?? after.Cause, at));
        return after with { Health = health, Cause = cause ?? after.Cause, ChangedAt = at };
    }
}
