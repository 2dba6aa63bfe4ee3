using AkkaPerf.Statistics;

namespace AkkaPerf.Throttling;

/// <summary>How many permits there are and how many are taken. Belongs to the pipeline: a restart forgets none.</summary>
/// <remarks>Taken by the throttling stage alone; given back and resized from any thread.</remarks>
internal sealed class PermitLedger
{
    private Counter _inUse;
    private int _limit;
    private Action? _onChanged;
    private Func<bool>? _tryTakeSpare;

    public PermitLedger(int limit) => _limit = limit;

    public int Limit => Volatile.Read(ref _limit);

    public long InUse => _inUse.Value;

    /// <summary>Permits that may be taken now; less than zero while a lowered limit is still exceeded.</summary>
    public long Free => Limit - _inUse.Value;

    public void Take() => _inUse.Increment();

    public void Release() => _inUse.Decrement();

    /// <summary>Sets the limit; those who hold a permit keep it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not within 1 to 1,000,000.</exception>
    public void Resize(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1_000_000);
        Volatile.Write(ref _limit, limit);
        NotifyChanged();
    }

    /// <summary>Tells the stage that permits have become free behind its back.</summary>
    public void NotifyChanged() => Volatile.Read(ref _onChanged)?.Invoke();

    /// <summary>Takes a permit, and a token, that nobody waits for; false if there is none. On the island of the stage, which decides.</summary>
    public bool TryTakeSpare() => _tryTakeSpare?.Invoke() ?? false;

    public void Attach(Action? onChanged, Func<bool>? tryTakeSpare = null)
    {
        _tryTakeSpare = tryTakeSpare;
        Volatile.Write(ref _onChanged, onChanged);
    }
}
