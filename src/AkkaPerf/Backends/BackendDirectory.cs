using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Backends;

/// <summary>Owns the backends of one pipeline: who is in, in which state; publishes an immutable <see cref="BackendSet"/>.</summary>
/// <remarks>Any thread may call it. Readers of <see cref="Current"/> take no lock.</remarks>
internal sealed class BackendDirectory
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly bool _unknownIsEligible;
    private volatile BackendSet _current = BackendSet.Empty;

    public BackendDirectory(TimeProvider time, bool unknownIsEligible)
    {
        _time = time;
        _unknownIsEligible = unknownIsEligible;
    }

    /// <summary>Raised after every change, on the changer's thread, outside the lock: a listener that sees an older version ignores it.</summary>
    public event Action<BackendSet>? Changed;

    public BackendSet Current => _current;

    /// <summary>Takes a backend in, as unknown.</summary>
    /// <exception cref="ArgumentException">The id is taken, or the options are not valid.</exception>
    public Backend Add(BackendOptions options)
    {
        var address = Valid(options);
        var backend = new Backend(options.Id, address);
        var status = new BackendStatus(backend, options.Weight, BackendHealth.Unknown, IsDraining: false, "added", _time.GetUtcNow());
        Change(all => all.Any(other => other.Backend.Id == options.Id)
            ? throw new ArgumentException($"A backend with the id '{options.Id}' is already there.", nameof(options))
            : all.Add(status));
        return backend;
    }

    /// <summary>Takes a backend out; what runs on it goes on. False if there is none with this id.</summary>
    public bool Remove(string id) => Change(all => all.RemoveAll(status => status.Backend.Id == id));

    /// <summary>Keeps new exchanges from a backend, or lets them come again. False if there is none with this id.</summary>
    public bool Drain(string id, bool draining) =>
        Update(id, status => status.IsDraining == draining
            ? status
            : status with { IsDraining = draining, Cause = draining ? "drained by hand" : "resumed by hand" });

    /// <summary>Sets a backend's share of the traffic. False if there is none with this id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not within 0 to 1000.</exception>
    public bool SetWeight(string id, int weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, 1000);
        return Update(id, status => status with { Weight = weight });
    }

    /// <summary>Takes the probes' verdict; the backend, not its id, so that a late verdict never hits a namesake added since.</summary>
    public bool Judge(Backend backend, BackendHealth health, string cause) => Change(all =>
    {
        var index = IndexOf(all, status => ReferenceEquals(status.Backend, backend));
        return index < 0 || all[index].Health == health
            ? all
            : all.SetItem(index, all[index] with { Health = health, Cause = cause, ChangedAt = _time.GetUtcNow() });
    });

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

    private static int IndexOf(ImmutableArray<BackendStatus> all, Func<BackendStatus, bool> match)
    {
        for (var i = 0; i < all.Length; i++)
        {
            if (match(all[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private bool Update(string id, Func<BackendStatus, BackendStatus> update)
    {
        var found = false;
        Change(all =>
        {
            var index = IndexOf(all, status => status.Backend.Id == id);
            if (index < 0)
            {
                return all;
            }

            found = true;
            var updated = update(all[index]);
            return updated == all[index] ? all : all.SetItem(index, updated with { ChangedAt = _time.GetUtcNow() });
        });
        return found;
    }

    private bool Change(Func<ImmutableArray<BackendStatus>, ImmutableArray<BackendStatus>> change)
    {
        BackendSet next;
        lock (_gate)
        {
            var before = _current.All;
            var after = change(before);
            if (after == before)
            {
                return false;
            }

            _current = next = new BackendSet(after, _unknownIsEligible, _current.Version + 1);
        }

        Changed?.Invoke(next);
        return true;
    }
}
