using AkkaPerf.Statistics;

namespace AkkaPerf.Throttling;

/// <summary>How many permits there are and how many are taken. Belongs to the pipeline: a restart forgets none.</summary>
/// <remarks>
/// Any thread, but while somebody waits only the throttling stage takes: it says so (<see cref="Await"/>), and is told of every permit that
/// comes back. It says so first and looks whether one is free then; whoever gives one back does it first and then looks whether somebody waits.
/// Both go through a full fence, so one of them sees the other.
/// </remarks>
internal sealed class PermitLedger
{
    private Counter _inUse;
    private int _limit;
    private int _isAwaited;
    private Action? _onChanged;
    private Func<bool>? _tryTakeSpare;

    public PermitLedger(int limit) => _limit = limit;

    public int Limit => Volatile.Read(ref _limit);

    public long InUse => _inUse.Value;

    /// <summary>Permits that may be taken now; less than zero while a lowered limit is still exceeded.</summary>
    public long Free => Limit - _inUse.Value;

    /// <summary>Takes a permit, whoever waits; false if none is free.</summary>
    public bool TryTake() => _inUse.TryIncrement(Limit);

    /// <summary>Whether somebody waits, or is refused until a permit comes back.</summary>
    public bool IsAwaited => Volatile.Read(ref _isAwaited) != 0;

    /// <summary>Takes a permit that nobody waits for.</summary>
    public bool TryTakeUnawaited() => !IsAwaited && TryTake();

    /// <summary>Gives a permit back.</summary>
    public void Release()
    {
        _inUse.Decrement();
        if (IsAwaited)
        {
            NotifyChanged();
        }
    }

    /// <summary>Gives a permit back on the stage's own thread, which looks who waits.</summary>
    public void ReleaseByStage() => _inUse.Decrement();

    /// <summary>Says whether somebody waits, or is refused until a permit comes back. The stage only.</summary>
    public void Await(bool isAwaited)
    {
        if (isAwaited == IsAwaited)
        {
            return;
        }

        Interlocked.Exchange(ref _isAwaited, isAwaited ? 1 : 0);
        if (isAwaited && Free > 0)
        {
            NotifyChanged();
        }
    }

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
