using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>Owns the backends of one pipeline: who is in, in which state; publishes an immutable <see cref="BackendSet"/>.</summary>
/// <remarks>
/// Any thread may call it; readers of <see cref="Current"/> take no lock. What a signal means stands in <see cref="HealthMachine"/>; here stands
/// what needs all backends at once: how many may be ejected, whether a new one has others beside it. A timer sees to what ends by time. Where
/// there are many backends a new set takes long, and what probes and traffic say comes in bursts: after one set the next is made a little later
/// (<see cref="GapPerBackend"/>), for all that has come meanwhile. What a hand does is published at once.
/// </remarks>
internal sealed class BackendDirectory : IDisposable
{
    // Up to here every change is published at once: a set takes some ten microseconds.
    private const int AtOnce = 512;

    // About what one backend costs in a new set, and ten times that is left between two: 20 ms for 10,000.
    private static readonly TimeSpan GapPerBackend = TimeSpan.FromMicroseconds(2);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly HealthRules _rules;
    private readonly HealthMachine _machine;
    private readonly DirectoryTimer _timer;
    private readonly Settling _settling;
    private readonly PeerRules _peers;
    private readonly BackendRoster _roster;
    private readonly LoadShelf _loads = new();
    private long _publishedAt;
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
        _roster = new BackendRoster(_peers);
        _settling = new Settling(_machine, _peers, _roster, Transitions, time);
        _timer = new DirectoryTimer(time, OnTimer);
    }

    /// <summary>Raised after every publication, on the changer's thread, outside the lock: a listener that sees an older version ignores it.</summary>
    public event Action<BackendSet>? Changed;

    /// <summary>Raised when a backend has got room behind the back of whoever assigns: what a failed stream left behind has ended.</summary>
    public event Action? RoomFreed;

    /// <summary>Raised when something looks wrong with a backend, or somebody wants to know: it should be probed soon.</summary>
    public event Action<Backend>? ProbeWanted;

    /// <summary>Raised by every good probe, whatever is known of the backend already.</summary>
    public event Action<Backend>? FoundUp;

    public BackendSet Current => _current;

    public HealthRules Rules => _rules;

    /// <summary>Whether an ejection has any chance now; takes no lock.</summary>
    public bool MayEjectAny => _peers.MayEjectAny;

    /// <summary>What happened to the backends.</summary>
    public TransitionLog Transitions { get; } = new();

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
        // All are validated first: what that leaves behind would lie between the backends, and ten thousand of them over as many pages.
        var addresses = added.Select(BackendOptions.ValidAddress).ToList();
        var backends = added.Select((options, index) => NewBackend(options, addresses[index])).ToList();
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
                    after.Add(status.Backend.Is(wanted[index]) ? _settling.Adjust(status, wanted[index], now) : New(NewBackend(wanted[index], addresses[index]), wanted[index]));
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

    /// <summary>Takes a load report, which holds for a while (<see cref="LoadReport"/>). False if there is no backend with this id.</summary>
    public bool Report(string id, bool isImpaired, string cause) =>
        Find(id) is { } backend && Update(backend, TransitionKind.Load, cause, (status, now) => _machine.Reported(status, isImpaired, now)) is not null;

    /// <summary>Takes the probes' verdict; the backend, not its id, so that a late verdict never hits a namesake added since. False if it is no news.</summary>
    public bool Judge(Backend backend, ProbeVerdict verdict, string cause) =>
        Update(backend, TransitionKind.Probe, cause, (status, now) => HealthMachine.Probed(status, verdict, now)) == true;

    /// <summary>Ejects a backend whose traffic failed, if that leaves enough of the others. False if it stays.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="kind">What moved it.</param>
    /// <param name="cause">The same in a few words.</param>
    public bool Eject(Backend backend, TransitionKind kind, string cause)
    {
        var isEjected = Update(backend, kind, cause, (status, now) => _peers.MayEject(status) ? _machine.Eject(status, now) : status) == true;
        if (isEjected && kind != TransitionKind.Manual)
        {
            // Whether it is the backend, or only what is asked of it.
            WantProbe(backend);
        }

        return isEjected;
    }

    /// <summary>Takes how the one request of a backend on probation ended. The last one is never ejected: there the next request decides.</summary>
    public void TrialEnded(Backend backend, bool isGood, string cause) => Update(backend, TransitionKind.Trial, cause, (status, now) =>
        status.Ejection.Phase != EjectionPhase.Trial ? status
        : isGood ? HealthMachine.Readmit(status, now)
        : _peers.IsAnotherWell(status) ? _machine.Eject(status, now)
        : status);

    /// <summary>Whether a backend is one of these, by what is newest.</summary>
    public bool Contains(Backend backend)
    {
        lock (_gate)
        {
            return _roster.IndexOf(backend) >= 0;
        }
    }

    /// <summary>Raises <see cref="ProbeWanted"/>.</summary>
    public void WantProbe(Backend backend) => ProbeWanted?.Invoke(backend);

    /// <summary>Raises <see cref="FoundUp"/>.</summary>
    public void NotifyFoundUp(Backend backend) => FoundUp?.Invoke(backend);

    /// <summary>Takes in that backends may have other numbers of connections.</summary>
    public void ApplyConnectionLimits() => Change((all, _) =>
        all.Any(status => status.ConnectionLimit != LimitOf(status.Backend))
            ? all.Select(status => status with { ConnectionLimit = LimitOf(status.Backend) }).ToImmutableArray()
            : all);

    /// <summary>Raises <see cref="RoomFreed"/>.</summary>
    public void NotifyRoomFreed() => RoomFreed?.Invoke();

    /// <summary>Stops its timer; nothing ends by time any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _timer.Dispose();
        }
    }

    private Backend NewBackend(BackendOptions options, Uri address) =>
        new(options, address, _time, _loads) { Watcher = Watcher, Watched = Watcher?.NewRecord() };

    private BackendStatus New(Backend backend, BackendOptions options) => _settling.New(backend, options, LimitOf(backend));

    private int LimitOf(Backend backend) => ConnectionLimitOf?.Invoke(backend) ?? 0;

    private bool UpdateByHand(string id, string? cause, Func<BackendStatus, long, BackendStatus> update) =>
        Find(id) is { } backend && Update(backend, TransitionKind.Manual, cause, update) is not null;

    // Whether it changed; null if it is not there.
    private bool? Update(Backend backend, TransitionKind kind, string? cause, Func<BackendStatus, long, BackendStatus> update)
    {
        BackendSet? next;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var index = _roster.IndexOf(backend);
            if (index < 0)
            {
                return null;
            }

            var before = _roster[index];
            var updated = update(before, now);
            if (updated == before)
            {
                // A load report may hold for less long than the one before.
                _timer.DueBy(_machine.NextDue(before), now);
                return false;
            }

            _roster.Replace(index, _settling.Settle(before, updated, kind, cause, now));
            if (kind == TransitionKind.Manual || _roster.Count <= AtOnce || now >= NextPublication)
            {
                next = PublishLocked(now);
            }
            else
            {
                _timer.DueBy(Math.Min(NextPublication, _machine.NextDue(_roster[index])), now);
                return true;
            }
        }

        Tell(next);
        return true;
    }

    private void OnTimer()
    {
        BackendSet? next = null;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _timer.Fired();
            for (var i = 0; i < _roster.Count; i++)
            {
                var before = _roster[i];
                var passed = _machine.Pass(before, now);
                if (passed != before)
                {
                    var isAged = passed.Ejection == before.Ejection && passed.IsImpaired != before.IsImpaired;
                    _roster.Replace(i, isAged
                        ? _settling.Settle(before, passed, TransitionKind.Load, "its load report is too old", now)
                        : _settling.Settle(before, passed, TransitionKind.Time, "its time outside is over", now));
                }
            }

            if (_roster.IsDirty)
            {
                next = PublishLocked(now);
            }
            else
            {
                _timer.Due(NextDue(), now);
            }
        }

        if (next is not null)
        {
            Tell(next);
        }
    }

    private bool Change(Func<ImmutableArray<BackendStatus>, long, ImmutableArray<BackendStatus>> change)
    {
        BackendSet next;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var before = _roster.All;
            var after = change(before, now);
            if (after == before)
            {
                return false;
            }

            _roster.Reset(after);
            next = PublishLocked(now);
        }

        Tell(next);
        return true;
    }

    private long NextPublication => _publishedAt + (long)(_roster.Count * GapPerBackend.TotalSeconds * _time.TimestampFrequency);

    private BackendSet PublishLocked(long now)
    {
        var before = _current;
        var all = _roster.Publish();
        foreach (var status in all)
        {
            if (status.Backend.Health != status.Health)
            {
                status.Backend.Health = status.Health;
            }
        }

        var next = new BackendSet(all, _rules, before);
        _current = next;
        _publishedAt = now;
        if (next.IsPanicking != before.IsPanicking)
        {
            Transitions.Note(new PanicTransition(next.IsPanicking, _time.GetUtcNow()));
        }

        _timer.Due(NextDue(), now);
        return next;
    }

    private void Tell(BackendSet next)
    {
        try
        {
            Changed?.Invoke(next);
        }
        finally
        {
            Transitions.Tell();
        }
    }

    private long NextDue()
    {
        var dueAt = long.MaxValue;
        for (var i = 0; i < _roster.Count; i++)
        {
            dueAt = Math.Min(dueAt, _machine.NextDue(_roster[i]));
        }

        return dueAt;
    }
}
