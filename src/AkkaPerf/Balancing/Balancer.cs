using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>Chooses backends without a pipeline: by the same policies, with tiers, limits and slow start. Any thread; a pick allocates nothing once warm.</summary>
/// <remarks>Nobody probes here: a backend gets traffic until it is drained, disabled or ejected by <see cref="Eject"/>.</remarks>
public sealed class Balancer : IDisposable
{
    private const int MostKept = 4096;

    private readonly BackendDirectory _directory;
    private readonly PolicyBook _policies;
    private readonly BackendSelector _selector;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<PickCell> _cells = new();

    /// <summary>Begins to balance over backends.</summary>
    /// <param name="options">The policy and how it is set; later changes have no effect.</param>
    /// <param name="backends">Whom to balance over.</param>
    /// <param name="policies">Policies of one's own, by name.</param>
    /// <param name="time">The clock; null means the system's.</param>
    /// <param name="random">Where chance comes from; null means the system's.</param>
    /// <exception cref="ValidationException">An option is out of its range.</exception>
    /// <exception cref="ArgumentException">A backend is not valid or there twice, or there is no policy of that name.</exception>
    public Balancer(
        BalancingOptions options,
        IEnumerable<BackendOptions> backends,
        IReadOnlyDictionary<string, Func<IBalancingPolicy>>? policies = null,
        TimeProvider? time = null,
        Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backends);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        Validator.ValidateObject(options.SlowStart, new ValidationContext(options.SlowStart), validateAllProperties: true);
        _time = time ?? TimeProvider.System;
        random ??= Random.Shared;
        _directory = new BackendDirectory(_time, RulesOf(options), random);
        _directory.Watcher = new TrialWatcher(_directory);
        _directory.Update([.. backends], removed: []);
        _policies = new PolicyBook(options, policies ?? new Dictionary<string, Func<IBalancingPolicy>>(), _directory, _time, random);
        _selector = new BackendSelector(_directory, _policies, random);
    }

    /// <summary>All backends at this moment.</summary>
    public BackendSet Current => _directory.Current;

    /// <summary>The name of the policy in use.</summary>
    public string Policy => _policies.Name;

    /// <summary>Picks a backend and gives it one exchange, until <see cref="BackendLease.Complete"/>.</summary>
    /// <param name="lease">The backend, and how to tell it how it went.</param>
    /// <param name="key">What the hash policies go by.</param>
    /// <returns>False if no backend is eligible and has room.</returns>
    public bool TryPick(out BackendLease lease, string? key = null)
    {
        var now = _time.GetTimestamp();
        if (_selector.TryAssign(key, tried: null, now, out var backend) != Selection.Found)
        {
            lease = default;
            return false;
        }

        if (!_cells.TryDequeue(out var cell))
        {
            cell = new PickCell();
        }

        lease = new BackendLease(this, cell, cell.Begin(backend!, now));
        return true;
    }

    /// <summary>Takes a backend in.</summary>
    /// <exception cref="ArgumentException">The id is taken, or the options are not valid.</exception>
    public void Add(BackendOptions backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _directory.Add(backend);
    }

    /// <summary>Takes a backend out; what runs on it goes on. False if there is none with this id.</summary>
    public bool Remove(string id) => _directory.Remove(id);

    /// <summary>Keeps new exchanges from a backend, or lets them come again. False if there is none with this id.</summary>
    public bool Drain(string id, bool draining = true) => _directory.Drain(id, draining);

    /// <summary>Switches a backend on or off; what runs on it goes on. False if there is none with this id.</summary>
    public bool Enable(string id, bool enabled = true) => _directory.Enable(id, enabled);

    /// <summary>Sets a backend's share of the traffic, 0 to 1000. False if there is none with this id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    public bool SetWeight(string id, int weight) => _directory.SetWeight(id, weight);

    /// <summary>Ejects a backend for some seconds, as if its traffic had failed. False if there is none with this id, or too few others would be left.</summary>
    public bool Eject(string id) => _directory.Find(id) is { } backend && _directory.Eject(backend, TransitionKind.Manual, "ejected by hand");

    /// <summary>Balances by another policy from now on; what is known of the backends stays.</summary>
    /// <exception cref="ArgumentException">There is no policy of that name.</exception>
    public void UsePolicy(string name) => _policies.Use(name);

    /// <summary>Stops its timer: slow starts and ejections end no more.</summary>
    public void Dispose() => _directory.Dispose();

    internal void Complete(PickCell cell, int epoch, BackendOutcome outcome)
    {
        if (cell.TryEnd(epoch, out var backend, out var assignedAt))
        {
            backend.Ended(outcome, assignedAt, _time.GetTimestamp());
            if (_cells.Count < MostKept)
            {
                _cells.Enqueue(cell);
            }
        }
    }

    private static HealthRules RulesOf(BalancingOptions options) => options.ToRules() with { UnknownIsEligible = true };
}
