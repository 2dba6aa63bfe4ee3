namespace AkkaPerf.Pipeline;

/// <summary>A state that comes and goes many times a second, taken as one: it begins at once, and is over when it has been quiet for a while. Any thread.</summary>
internal sealed class Spell : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Action _ended;
    private readonly ITimer _timer;
    private volatile bool _isOn;
    private volatile bool _wasTouched;

    // Guarded by the gate, both.
    private int _causes;
    private long _quietSince;

    /// <param name="time">The clock.</param>
    /// <param name="ended">Told when it is over.</param>
    public Spell(TimeProvider time, Action ended)
    {
        _time = time;
        _ended = ended;
        _timer = time.CreateTimer(static spell => ((Spell)spell!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It lasts for a cause, a bit of its own, from now on, or no longer for this one.</summary>
    /// <param name="cause">The cause.</param>
    /// <param name="lasts">Whether it does.</param>
    /// <param name="begun">Told if it begins with this.</param>
    public void Set(int cause, bool lasts, Action begun)
    {
        lock (_gate)
        {
            if (lasts)
            {
                _causes |= cause;
                Begin(begun);
            }
            else if ((_causes & cause) != 0)
            {
                _causes &= ~cause;
                _quietSince = _time.GetTimestamp();
            }
        }
    }

    /// <summary>It showed itself now. While it lasts that costs two reads.</summary>
    public void Touch(Action begun)
    {
        if (!_wasTouched)
        {
            _wasTouched = true;
        }

        if (_isOn)
        {
            return;
        }

        lock (_gate)
        {
            Begin(begun);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer.Dispose();
        }
    }

    private void Begin(Action begun)
    {
        if (!_isOn)
        {
            _isOn = true;
            _quietSince = _time.GetTimestamp();
            _timer.Change(Quiet, Quiet);
            begun();
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_wasTouched)
            {
                _wasTouched = false;
                _quietSince = _time.GetTimestamp();
            }

            if (!_isOn || _causes != 0 || _time.GetElapsedTime(_quietSince) < Quiet)
            {
                return;
            }

            _isOn = false;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _ended();
        }
    }
}
