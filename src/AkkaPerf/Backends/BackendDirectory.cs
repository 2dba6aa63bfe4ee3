using System.Collections.Immutable;

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
    private readonly PeerRules _peers;
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
        _peers = new PeerRules(rules, time);
        _timer = time.CreateTimer(static directory => ((BackendDirectory)directory!).Pass(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised after every change, on the changer's thread, outside the lock: a listener that sees an older version ignores it.</summary>
    public event Action<BackendSet>? Changed;

    /// <summary>Raised when a backend has got room behind the back of whoever assigns: what a failed stream left behind has ended.</summary>
    public event Action? RoomFreed;

    public BackendSet Current => _current;

    public HealthRules Rules => _rules;

    /// <summary>What happened to the backends.</summary>
    public TransitionLog Transitions { get; } = new();

    public BackendTotals Totals { get; } = new();

    /// <summary>Told how every exchange ended; set before there are backends.</summary>
    public IBackendWatcher? Watcher { get; set; }

    /// <summary>How many connections a backend may have by a number of its own, 0 = no such number; set before there are backends. Null where there are no pools.</summary>
    public Func<Backend, int>? ConnectionLimitOf { get; init; }

    /// <summary>Takes a backend in, as unknown.</summary>
    /// <exception cref="ArgumentException">The id is taken, or the options are not valid.</exception>
    public Backend Add(BackendOptions options) => Update([options], [])[0];

    /// <summary>Takes backends in and out, as one change.</summary>
    /// <param name="added">Taken in, as unknown.</param>
    /// <param name="removed">Taken out; what runs on them goes on. Unknown ids are ignored.</param>
    /// <exception cref="ArgumentException">An id is taken, or options are not valid; nothing was changed.</exception>
    public IReadOnlyList<Backend> Update(IReadOnlyList<BackendOptions> added, IReadOnlyCollection<string> removed)
    {
        var backends = added.Select(options => NewBackend(options, BackendOptions.ValidAddress(options))).ToList();
        Change((all, _) =>
        {
            var kept = removed.Count == 0 ? all : all.RemoveAll(status => removed.Contains(status.Backend.Id));
            var ids = kept.Select(static status => status.Backend.Id).ToHashSet(StringComparer.Ordinal);
            if (backends.Find(backend => !ids.Add(backend.Id)) is { } taken)
            {
                throw new ArgumentException($"A backend with the id '{taken.Id}' is already there.", nameof(added));
            }

            return Transitions.NoteMembership(_time.GetUtcNow(), all, kept.AddRange(backends.Select((backend, index) => New(backend, added[index]))));
        });
        return backends;
    }

    /// <summary>Makes the backends what a list says, as one change: takes in, takes out, replaces what became another one, weighs and enables in place.</summary>
    /// <param name="wanted">All that shall be there.</param>
    /// <param name="owned">Whom the list speaks of; null = all. The others stay as they are.</param>
    /// <returns>The ids on the list that somebody else's backends have: they were passed over.</returns>
    /// <exception cref="ArgumentException">An id stands there twice, or options are not valid; nothing was changed.</exception>
    public IReadOnlyList<string> Apply(IReadOnlyList<BackendOptions> wanted, IReadOnlySet<string>? owned = null)
    {
        var addresses = wanted.Select(BackendOptions.ValidAddress).ToList();
        if (wanted.CountBy(static options => options.Id, StringComparer.Ordinal).FirstOrDefault(static count => count.Value > 1) is { Key: { } twice })
        {
            throw new ArgumentException($"The id '{twice}' stands on the list twice.", nameof(wanted));
        }

        var taken = new List<string>();
        Change((all, now) =>
        {
            var left = wanted.Select(static (options, index) => (options.Id, index)).ToDictionary(static item => item.Id, static item => item.index, StringComparer.Ordinal);
            var after = ImmutableArray.CreateBuilder<BackendStatus>(all.Length + wanted.Count);
            foreach (var status in all)
            {
                var isOwned = owned is null || owned.Contains(status.Backend.Id);
                if (!left.Remove(status.Backend.Id, out var index))
                {
                    after.AddRange(isOwned ? [] : new ReadOnlySpan<BackendStatus>(in status));
                }
                else if (!isOwned)
                {
                    taken.Add(status.Backend.Id);
                    after.Add(status);
                }
                else
                {
                    after.Add(status.Backend.Is(wanted[index]) ? Adjust(status, wanted[index], now) : New(NewBackend(wanted[index], addresses[index]), wanted[index]));
                }
            }

            after.AddRange(left.Values.Order().Select(index => New(NewBackend(wanted[index], addresses[index]), wanted[index])));
            return after.Count == all.Length && after.SequenceEqual(all) ? all : Transitions.NoteMembership(_time.GetUtcNow(), all, after.ToImmutable());
        });
        return taken;
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
    public bool Remove(string id) => Change((all, _) => Transitions.NoteMembership(_time.GetUtcNow(), all, all.RemoveAll(status => status.Backend.Id == id)));

    /// <summary>Keeps new exchanges from a backend, or lets them come again. False if there is none with this id.</summary>
    public bool Drain(string id, bool draining) => UpdateByHand(id, draining ? "drained by hand" : "resumed by hand", (status, now) => HealthMachine.Drain(status, draining, now));

    /// <summary>Switches a backend on or off. False if there is none with this id.</summary>
    public bool Enable(string id, bool enabled) => UpdateByHand(id, enabled ? "enabled by hand" : "disabled by hand", (status, now) => HealthMachine.Enable(status, enabled, now));

    /// <summary>Sets a backend's share of the traffic. False if there is none with this id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not within 0 to 1000.</exception>
    public bool SetWeight(string id, int weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, 1000);
        return UpdateByHand(id, cause: null, (status, _) => status with { Weight = weight });
    }

    /// <summary>Takes a load report. False if there is no backend with this id.</summary>
    public bool Report(string id, bool isImpaired, string cause) =>
        Update(status => status.Backend.Id == id, TransitionKind.Load, cause, (status, _) => status with { IsImpaired = isImpaired });

    /// <summary>Takes the probes' verdict; the backend, not its id, so that a late verdict never hits a namesake added since.</summary>
    public bool Judge(Backend backend, ProbeVerdict verdict, string cause) =>
        Update(backend, TransitionKind.Probe, cause, (status, now) => HealthMachine.Probed(status, verdict, now));

    /// <summary>Ejects a backend whose traffic failed, if that leaves enough of the others. False if it stays.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="kind">What moved it.</param>
    /// <param name="cause">The same in a few words.</param>
    public bool Eject(Backend backend, TransitionKind kind, string cause)
    {
        var isEjected = false;
        Update(backend, kind, cause, (status, now) =>
        {
            isEjected = _peers.MayEject(status, _current.All);
            return isEjected ? _machine.Eject(status, now) : status;
        });
        return isEjected;
    }

    /// <summary>Takes how the one request of a backend on probation ended. The last one is never ejected: there the next request decides.</summary>
    public void TrialEnded(Backend backend, bool isGood, string cause) => Update(backend, TransitionKind.Trial, cause, (status, now) =>
        status.Ejection.Phase != EjectionPhase.Trial ? status
        : isGood ? HealthMachine.Readmit(status, now)
        : _peers.IsAnotherWell(status, _current.All) ? _machine.Eject(status, now)
        : status);

    /// <summary>Takes in that backends may have other numbers of connections.</summary>
    public void ApplyConnectionLimits() => Change((all, _) =>
        all.Any(status => status.ConnectionLimit != LimitOf(status.Backend))
            ? [.. all.Select(status => status with { ConnectionLimit = LimitOf(status.Backend) })]
            : all);

    /// <summary>Raises <see cref="RoomFreed"/>.</summary>
    public void NotifyRoomFreed() => RoomFreed?.Invoke();

    /// <summary>Stops its timer; nothing ends by time any more.</summary>
    public void Dispose() => _timer.Dispose();

    private Backend NewBackend(BackendOptions options, Uri address) => new(options, address, _time, Totals) { Watcher = Watcher, Watched = Watcher?.NewRecord() };

    private BackendStatus New(Backend backend, BackendOptions options)
    {
        var status = new BackendStatus(backend, options.Weight, BackendHealth.Unknown, "added", _time.GetUtcNow())
        {
            IsEnabled = options.Enabled,
            ConnectionLimit = LimitOf(backend),
        };
        status = status with { Health = _machine.Settle(status) };
        return _peers.IsWell(status.Health) && _peers.BeginsSlowly(backend, _current.All, evenIfNew: false) ? _machine.StartSlowly(status, _time.GetTimestamp()) : status;
    }

    private int LimitOf(Backend backend) => ConnectionLimitOf?.Invoke(backend) ?? 0;

    // What a list may change of a backend that stays the same one.
    private BackendStatus Adjust(BackendStatus status, BackendOptions options, long now)
    {
        var adjusted = HealthMachine.Enable(status with { Weight = options.Weight }, options.Enabled, now);
        return adjusted == status
            ? status
            : Settle(status, adjusted, TransitionKind.Manual, options.Enabled ? "enabled by its source" : "disabled by its source", now);
    }

    private bool UpdateByHand(string id, string? cause, Func<BackendStatus, long, BackendStatus> update)
    {
        var found = false;
        Update(status => status.Backend.Id == id, TransitionKind.Manual, cause, (status, now) =>
        {
            found = true;
            return update(status, now);
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

        if (!_peers.IsWell(health))
        {
            after = HealthMachine.EndSlowStart(after);
        }
        else if (!_peers.IsWell(before.Health) && before.Health != BackendHealth.Draining && _peers.BeginsSlowly(after.Backend, _current.All, evenIfNew: before.Health == BackendHealth.Probation))
        {
            after = _machine.StartSlowly(after, now);
        }

        var at = _time.GetUtcNow();
        Transitions.Note(new BackendTransition(after.Backend, before.Health, health, kind, cause ?? after.Cause, at));
        return after with { Health = health, Cause = cause ?? after.Cause, ChangedAt = at };
    }

    private bool Change(Func<ImmutableArray<BackendStatus>, long, ImmutableArray<BackendStatus>> change)
    {
        BackendSet next;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var before = _current;
            var after = change(before.All, now);
            if (after == before.All)
            {
                ArmLocked(after, now);
                return false;
            }

            foreach (var status in after)
            {
                status.Backend.Health = status.Health;
            }

            _current = next = new BackendSet(after, _rules, before);
            if (next.IsPanicking != before.IsPanicking)
            {
                Transitions.Note(new PanicTransition(next.IsPanicking, _time.GetUtcNow()));
            }

            ArmLocked(after, now);
        }

        try
        {
            Changed?.Invoke(next);
        }
        finally
        {
            Transitions.Tell();
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
}
