using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Backends;

/// <summary>Owns the backends of one pipeline: who is in, in which state; publishes an immutable <see cref="BackendSet"/>.</summary>
/// <remarks>
/// Any thread may call it; readers of <see cref="Current"/> take no lock. What a signal means stands in <see cref="HealthMachine"/>; here stands
/// what needs all backends at once: how many may be ejected, whether a new one has others beside it. A timer sees to what ends by time.
/// </remarks>
internal sealed class BackendDirectory : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly HealthRules _rules;
    private readonly HealthMachine _machine;
    private readonly ITimer _timer;
    private readonly List<BackendTransition> _transitions = [];
    private long _dueAt = long.MaxValue;
    private volatile BackendSet _current = BackendSet.Empty;

    /// <summary>By plain rules: whoever is well gets its full share.</summary>
    public BackendDirectory(TimeProvider time, bool unknownIsEligible)
        : this(time, new HealthRules { UnknownIsEligible = unknownIsEligible }, Random.Shared)
    {
    }

    public BackendDirectory(TimeProvider time, HealthRules rules, Random random)
    {
        _time = time;
        _rules = rules;
        _machine = new HealthMachine(rules, time, random);
        _timer = time.CreateTimer(static directory => ((BackendDirectory)directory!).Pass(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised after every change, on the changer's thread, outside the lock: a listener that sees an older version ignores it.</summary>
    public event Action<BackendSet>? Changed;

    /// <summary>Raised after every change of a backend's state, like <see cref="Changed"/>.</summary>
    public event Action<BackendTransition>? Transitioned;

    public BackendSet Current => _current;

    public HealthRules Rules => _rules;

    public BackendTotals Totals { get; } = new();

    /// <summary>Told how every exchange ended; set before there are backends.</summary>
    public IBackendWatcher? Watcher { get; set; }

    /// <summary>Takes a backend in, as unknown.</summary>
    /// <exception cref="ArgumentException">The id is taken, or the options are not valid.</exception>
    public Backend Add(BackendOptions options) => Update([options], [])[0];

    /// <summary>Takes backends in and out, as one change.</summary>
    /// <param name="added">Taken in, as unknown.</param>
    /// <param name="removed">Taken out; what runs on them goes on. Unknown ids are ignored.</param>
    /// <exception cref="ArgumentException">An id is taken, or options are not valid; nothing was changed.</exception>
    public IReadOnlyList<Backend> Update(IReadOnlyList<BackendOptions> added, IReadOnlyCollection<string> removed)
    {
        var backends = added.Select(options => new Backend(options, Valid(options), _time, Totals) { Watcher = Watcher }).ToList();
        Change((all, _) =>
        {
            var kept = removed.Count == 0 ? all : all.RemoveAll(status => removed.Contains(status.Backend.Id));
            var ids = kept.Select(static status => status.Backend.Id).ToHashSet(StringComparer.Ordinal);
            if (backends.Find(backend => !ids.Add(backend.Id)) is { } taken)
            {
                throw new ArgumentException($"A backend with the id '{taken.Id}' is already there.", nameof(added));
            }

            return kept.AddRange(backends.Select((backend, index) => New(backend, added[index])));
        });
        return backends;
    }

    /// <summary>The backend with this id; null if there is none.</summary>
    public Backend? Find(string id)
    {
        foreach (var status in _current.All)
        {
            if (status.Backend.Id == id)
            {
                return status.Backend;
            }
        }

        return null;
    }

    /// <summary>Takes a backend out; what runs on it goes on. False if there is none with this id.</summary>
    public bool Remove(string id) => Change((all, _) => all.RemoveAll(status => status.Backend.Id == id));

    /// <summary>Keeps new exchanges from a backend, or lets them come again. False if there is none with this id.</summary>
    public bool Drain(string id, bool draining) => UpdateByHand(id, draining ? "drained by hand" : "resumed by hand", status => status with { IsDraining = draining });

    /// <summary>Switches a backend on or off. False if there is none with this id.</summary>
    public bool Enable(string id, bool enabled) => UpdateByHand(id, enabled ? "enabled by hand" : "disabled by hand", status => status with { IsEnabled = enabled });

    /// <summary>Sets a backend's share of the traffic. False if there is none with this id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not within 0 to 1000.</exception>
    public bool SetWeight(string id, int weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, 1000);
        return UpdateByHand(id, cause: null, status => status with { Weight = weight });
    }

    /// <summary>Takes a load report. False if there is no backend with this id.</summary>
    public bool Report(string id, bool isImpaired, string cause) =>
        Update(status => status.Backend.Id == id, TransitionKind.Load, cause, (status, _) => status with { IsImpaired = isImpaired });

    /// <summary>Takes the probes' verdict; the backend, not its id, so that a late verdict never hits a namesake added since.</summary>
    public bool Judge(Backend backend, ProbeVerdict verdict, string cause) =>
        Update(backend, TransitionKind.Probe, cause, (status, now) => _machine.Probed(status, verdict, now));

    /// <summary>Ejects a backend whose traffic failed, if that leaves enough of the others. False if it stays.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="kind">What moved it.</param>
    /// <param name="cause">The same in a few words.</param>
    public bool Eject(Backend backend, TransitionKind kind, string cause)
    {
        var isEjected = false;
        Update(backend, kind, cause, (status, now) =>
        {
            isEjected = MayEject(status);
            return isEjected ? _machine.Eject(status, now) : status;
        });
        return isEjected;
    }

    /// <summary>Takes how the one request of a backend on probation ended.</summary>
    public void TrialEnded(Backend backend, bool isGood, string cause) => Update(backend, TransitionKind.Trial, cause, (status, now) =>
        status.Ejection.Phase != EjectionPhase.Trial ? status
        : isGood ? HealthMachine.Readmit(status, now)
        : _machine.Eject(status, now));

    /// <summary>Stops its timer; nothing ends by time any more.</summary>
    public void Dispose() => _timer.Dispose();

    // Backends come at run time too, past the start-up's validation.
    private static Uri Valid(BackendOptions options)
    {
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true))
        {
            throw new ArgumentException($"The backend '{options.Id}' is not valid: {string.Join(' ', faults)}", nameof(options));
        }

        return options.Address is { IsAbsoluteUri: true } address
            ? address
            : throw new ArgumentException($"The backend '{options.Id}' needs an absolute address, not '{(options.Address is { } given ? AddressText.Mask(given.OriginalString) : null)}'.", nameof(options));
    }

    private BackendStatus New(Backend backend, BackendOptions options)
    {
        var status = new BackendStatus(backend, options.Weight, BackendHealth.Unknown, "added", _time.GetUtcNow()) { IsEnabled = options.Enabled };
        return status with { Health = _machine.Settle(status) };
    }

    private bool UpdateByHand(string id, string? cause, Func<BackendStatus, BackendStatus> update)
    {
        var found = false;
        Update(status => status.Backend.Id == id, TransitionKind.Manual, cause, (status, _) =>
        {
            found = true;
            return update(status);
        });
        return found;
    }

    private bool Update(Backend backend, TransitionKind kind, string cause, Func<BackendStatus, long, BackendStatus> update) =>
        Update(status => ReferenceEquals(status.Backend, backend), kind, cause, update);

    private bool Update(Func<BackendStatus, bool> match, TransitionKind kind, string? cause, Func<BackendStatus, long, BackendStatus> update) => Change((all, now) =>
    {
        for (var i = 0; i < all.Length; i++)
        {
            if (match(all[i]))
            {
                var updated = update(all[i], now);
                return updated == all[i] ? all : all.SetItem(i, Settle(all[i], updated, kind, cause, now));
            }
        }

        return all;
    });

    private void Pass() => Change((all, now) =>
    {
        _dueAt = long.MaxValue;
        for (var i = 0; i < all.Length; i++)
        {
            var passed = _machine.Pass(all[i], now);
            if (passed != all[i])
            {
                all = all.SetItem(i, Settle(all[i], passed, TransitionKind.Time, "its time outside is over", now));
            }
        }

        return all;
    });

    // What follows from what is known now. Whoever comes back among others starts slowly; if nobody else is there, somebody must do the work.
    private BackendStatus Settle(BackendStatus before, BackendStatus after, TransitionKind kind, string? cause, long now)
    {
        var health = _machine.Settle(after);
        if (health == before.Health)
        {
            return after;
        }

        if (IsWell(health) && ComesBack(before.Health) && OthersAreWell(after.Backend, evenIfNew: before.Health == BackendHealth.Probation))
        {
            after = _machine.StartSlowly(after, now);
        }
        else if (!IsWell(health))
        {
            after = HealthMachine.EndSlowStart(after);
        }

        var at = _time.GetUtcNow();
        _transitions.Add(new BackendTransition(after.Backend, before.Health, health, kind, cause ?? after.Cause, at));
        return after with { Health = health, Cause = cause ?? after.Cause, ChangedAt = at };
    }

    private static bool IsWell(BackendHealth health) => health is BackendHealth.Healthy or BackendHealth.Degraded;

    private static bool ComesBack(BackendHealth before) =>
        before is BackendHealth.Unhealthy or BackendHealth.Probation or BackendHealth.Unknown or BackendHealth.Disabled;

    private bool OthersAreWell(Backend backend, bool evenIfNew)
    {
        foreach (var status in _current.All)
        {
            // One that starts slowly itself, or came up a moment ago, is no measure: when all are new none should wait for the others.
            if (!ReferenceEquals(status.Backend, backend) && IsWell(status.Health) && status.RampsSince == 0 && (evenIfNew || !IsNew(status)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsNew(BackendStatus status) => _time.GetUtcNow() - status.ChangedAt < _rules.SlowStart;

    private bool MayEject(BackendStatus status)
    {
        if (!IsWell(status.Health) && !(status.Health == BackendHealth.Unknown && _rules.UnknownIsEligible))
        {
            return false;
        }

        var (takePart, ejected, others) = (0, 0, 0);
        foreach (var other in _current.All)
        {
            var health = other.Health;
            if (other.Weight == 0 || health is BackendHealth.Draining or BackendHealth.Disabled)
            {
                continue;
            }

            takePart++;
            ejected += health is BackendHealth.Ejected or BackendHealth.Probation ? 1 : 0;
            others += !ReferenceEquals(other.Backend, status.Backend) && (IsWell(health) || (health == BackendHealth.Unknown && _rules.UnknownIsEligible)) ? 1 : 0;
        }

        // Of two one may go, whatever the part; never the last.
        var most = _rules.MaxEjected <= 0 ? 0 : Math.Max(1, (int)(_rules.MaxEjected * takePart));
        return others > 0 && ejected < most;
    }

    private bool Change(Func<ImmutableArray<BackendStatus>, long, ImmutableArray<BackendStatus>> change)
    {
        BackendSet next;
        BackendTransition[] transitions;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var before = _current.All;
            var after = change(before, now);
            if (after == before)
            {
                ArmLocked(after, now);
                return false;
            }

            NoteMembership(before, after);
            transitions = [.. _transitions];
            _transitions.Clear();
            foreach (var status in after)
            {
                status.Backend.Health = status.Health;
            }

            _current = next = new BackendSet(after, _rules, _current);
            ArmLocked(after, now);
        }

        Changed?.Invoke(next);
        if (Transitioned is { } told)
        {
            Array.ForEach(transitions, told);
        }

        return true;
    }

    private void ArmLocked(ImmutableArray<BackendStatus> all, long now)
    {
        var dueAt = long.MaxValue;
        foreach (var status in all)
        {
            dueAt = Math.Min(dueAt, _machine.NextDue(status));
        }

        if (dueAt != _dueAt)
        {
            _dueAt = dueAt;
            _timer.Change(dueAt == long.MaxValue ? Timeout.InfiniteTimeSpan : Wait(now, dueAt), Timeout.InfiniteTimeSpan);
        }
    }

    // Rounded up to what timers know: one that comes early would find nothing to do.
    private TimeSpan Wait(long now, long dueAt) => TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, _time.GetElapsedTime(now, dueAt).TotalMilliseconds)));

    private void NoteMembership(ImmutableArray<BackendStatus> before, ImmutableArray<BackendStatus> after)
    {
        if (Transitioned is null || (before.Length == after.Length && _transitions.Count > 0))
        {
            return;
        }

        var at = _time.GetUtcNow();
        var were = before.Select(static status => status.Backend).ToHashSet();
        foreach (var status in after)
        {
            if (!were.Remove(status.Backend))
            {
                _transitions.Add(new BackendTransition(status.Backend, From: null, status.Health, TransitionKind.Added, status.Cause, at));
            }
        }

        _transitions.AddRange(were.Select(backend => new BackendTransition(backend, backend.Health, To: null, TransitionKind.Removed, "removed", at)));
    }
}
