namespace AkkaPerf.Retrying;

/// <summary>Bounds further tries and hedges by a part of the requests, and a few per second in any case.</summary>
/// <remarks>
/// Problem: when a backend fails, retries multiply the load that made it fail. Rule (Finagle's <c>RetryBudget</c>): within a window of ten
/// exact steps, withdrawals &lt;= ratio * requests + min-per-second * window, looked at for each one. Belongs to the pipeline. Constant cost, no
/// clock of its own. Any thread.
/// </remarks>
internal sealed class RetryBudget
{
    /// <summary>Of a window.</summary>
    public const int Steps = 10;

    // A part of a whole number may come out a hair too small.
    private const double Rounding = 1e-9;

    private readonly Lock _gate = new();
    private readonly long[] _requests = new long[Steps];
    private readonly long[] _withdrawals = new long[Steps];
    private readonly long _ticksPerStep;
    private readonly double _ratio;
    private readonly double _reserve;
    private long _allRequests;
    private long _allWithdrawals;
    private long _step;
    private long _stepEnds;

    public RetryBudget(BudgetOptions options, long ticksPerSecond)
    {
        _ratio = options.Ratio;
        _reserve = options.MinPerSecond * options.Window.TotalSeconds;
        _ticksPerStep = Math.Max(1, (long)(options.Window.TotalSeconds * ticksPerSecond) / Steps);
    }

    private int Slot => (int)(_step % Steps);

    /// <summary>How many could be withdrawn now.</summary>
    public long Available(long now)
    {
        lock (_gate)
        {
            return AvailableAt(now);
        }
    }

    /// <summary>The same as of the last request; about, while others change it.</summary>
    public long Left => Math.Max(0, (long)((_ratio * Volatile.Read(ref _allRequests)) + _reserve - Volatile.Read(ref _allWithdrawals) + Rounding));

    private double Allowed => (_ratio * _allRequests) + _reserve;

    /// <summary>Counts a request.</summary>
    public void Deposit(long now)
    {
        lock (_gate)
        {
            Turn(now);
            _requests[Slot]++;
            _allRequests++;
        }
    }

    /// <summary>Takes one try or hedge; false if there is none left.</summary>
    public bool TryWithdraw(long now) => TryWithdraw(now, out _);

    /// <summary>The same, and which step it counts in.</summary>
    public bool TryWithdraw(long now, out long step)
    {
        lock (_gate)
        {
            step = 0;
            if (AvailableAt(now) < 1)
            {
                return false;
            }

            step = _step;
            _withdrawals[Slot]++;
            _allWithdrawals++;
            return true;
        }
    }

    /// <summary>Puts back what was taken in a step and not used.</summary>
    public void GiveBack(long step)
    {
        lock (_gate)
        {
            // Somebody else's clock may have gone on; what has left the window counts no more.
            if (step > _step - Steps)
            {
                _withdrawals[(int)(step % Steps)]--;
                _allWithdrawals--;
            }
        }
    }

    private long AvailableAt(long now)
    {
        Turn(now);
        return Math.Max(0, (long)(Allowed - _allWithdrawals + Rounding));
    }

    // A timestamp from before the present step, as of an exchange that ended a moment ago, counts in it.
    private void Turn(long now)
    {
        if (now < _stepEnds)
        {
            return;
        }

        var step = now / _ticksPerStep;
        for (var left = Math.Min(Steps, step - _step); left > 0; left--)
        {
            var slot = (int)((step - left + 1) % Steps);
            _allRequests -= _requests[slot];
            _allWithdrawals -= _withdrawals[slot];
            _requests[slot] = _withdrawals[slot] = 0;
        }

        _step = step;
        _stepEnds = (step + 1) * _ticksPerStep;
    }
}
