namespace AkkaPerf.Caching.Distributed;

/// <summary>Leaves a failing store alone: closed, after so many failures in a row open, then half-open for one probe. Any thread.</summary>
/// <remarks>
/// Each opening begins a new era; what was begun in an older one has no say any more. Constant cost, no clock: whoever probes keeps the time.
/// </remarks>
internal sealed class Breaker
{
    // So that the processes that lost one store do not all come back to it at once.
    private const double Jitter = 0.2;

    private readonly Lock _gate = new();
    private readonly BreakerOptions _options;
    private readonly Random _random;
    private int _failures;
    private int _era;
    private volatile L2State _state;

    public Breaker(BreakerOptions options, Random random)
    {
        _options = options;
        _random = random;
    }

    public L2State State => _state;

    /// <summary>Whether an operation may begin, and in which era.</summary>
    public bool TryEnter(out int era)
    {
        era = Volatile.Read(ref _era);
        return _state == L2State.Closed;
    }

    /// <summary>An operation succeeded.</summary>
    public void Succeeded(int era)
    {
        // The usual case takes no lock; a success that comes between two failures may go unnoticed.
        if (Volatile.Read(ref _failures) == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (era == _era)
            {
                _failures = 0;
            }
        }
    }

    /// <summary>An operation failed; true if that opened the breaker.</summary>
    public bool Failed(int era)
    {
        lock (_gate)
        {
            if (era != _era || _state != L2State.Closed || ++_failures < _options.Failures)
            {
                return false;
            }

            OpenLocked();
            return true;
        }
    }

    /// <summary>Begins the one probe of an open breaker; false if it is not open.</summary>
    public bool TryProbe()
    {
        lock (_gate)
        {
            if (_state != L2State.Open)
            {
                return false;
            }

            _state = L2State.HalfOpen;
            return true;
        }
    }

    /// <summary>Ends the probe: closes, or opens again.</summary>
    public void Probed(bool isBack)
    {
        lock (_gate)
        {
            if (isBack)
            {
                _failures = 0;
                _state = L2State.Closed;
            }
            else
            {
                OpenLocked();
            }
        }
    }

    /// <summary>How long to wait before the next probe, or the next try at the journal.</summary>
    public TimeSpan NextPause()
    {
        lock (_gate)
        {
            return _options.Duration * (1 + (Jitter * _random.NextDouble()));
        }
    }

    private void OpenLocked()
    {
        Volatile.Write(ref _era, _era + 1);
        _failures = 0;
        _state = L2State.Open;
    }
}
