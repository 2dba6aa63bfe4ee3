namespace AkkaPerf.Http.Compression;

/// <summary>How much work goes into bodies on their way, by how busy the process is.</summary>
/// <remarks>
/// Problem: work that saves bytes is worth nothing where requests wait for CPU. Rule: the process's share of its cores is looked at once a
/// second; a busy second takes the effort down by a step, down to none, and so many calm ones in a row take it up by one. Between busy and calm
/// nothing changes, for less work makes it less busy. Looked at by whoever asks: no timer. Any thread.
/// </remarks>
internal sealed class CompressionLevels
{
    /// <summary>Above this share of the cores a second is busy: requests begin to wait.</summary>
    public const double Busy = 0.9;

    /// <summary>Below it a second is calm: a step more, which doubles the work on bodies at most, leaves room.</summary>
    public const double Calm = 0.65;

    /// <summary>So many calm seconds make a step.</summary>
    public const double CalmSeconds = 3;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Func<TimeSpan> _cpuUsed;
    private readonly TimeProvider _time;
    private readonly int _cores;
    private readonly int _most;
    private readonly Lock _gate = new();

    // 0 is none, then the efforts. Written under the gate.
    private volatile int _step;
    private long _lookedAt;
    private TimeSpan _usedThen;
    private double _calmFor;

    /// <summary>Begins with the most effort.</summary>
    /// <param name="most">The most.</param>
    /// <param name="cpuUsed">How much CPU the process has used up.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cores">How many cores it may use.</param>
    public CompressionLevels(CompressionEffort most, Func<TimeSpan> cpuUsed, TimeProvider time, int cores)
    {
        _most = (int)most + 1;
        _step = _most;
        _cpuUsed = cpuUsed;
        _time = time;
        _cores = cores;
        _lookedAt = time.GetTimestamp();
        _usedThen = cpuUsed();
    }

    /// <summary>The effort now; null for none: bodies had better pass as they are.</summary>
    public CompressionEffort? Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= Period)
            {
                Look();
            }

            var step = _step;
            return step == 0 ? null : (CompressionEffort)(step - 1);
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var passed = _time.GetElapsedTime(_lookedAt, now);
            if (passed < Period)
            {
                return;
            }

            var used = _cpuUsed();
            var share = (used - _usedThen) / (passed * _cores);
            _usedThen = used;
            Volatile.Write(ref _lookedAt, now);
            if (share > Busy)
            {
                _calmFor = 0;
                _step = Math.Max(0, _step - 1);
            }
            else if (share > Calm)
            {
                _calmFor = 0;
            }
            else
            {
                // Nobody may have asked for long: then it is as calm as it was idle.
                _calmFor += passed.TotalSeconds;
                while (_calmFor >= CalmSeconds && _step < _most)
                {
                    _step++;
                    _calmFor -= CalmSeconds;
                }

                _calmFor = Math.Min(_calmFor, CalmSeconds);
            }
        }
    }
}
