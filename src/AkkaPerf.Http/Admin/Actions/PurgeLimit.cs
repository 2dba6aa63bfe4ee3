namespace AkkaPerf.Http.Admin.Actions;

/// <summary>How many tags, prefixes and whole caches may be forgotten: each is looked for in whatever is found afterwards, here and in the processes that share the second level. Any thread.</summary>
/// <remarks>
/// A bucket that may be overdrawn: whoever finds something in it takes what he needs, however much that is, and those who come next wait until
/// that has been earned. So the largest call is never refused for its size alone, and the rate holds all the same.
/// </remarks>
internal sealed class PurgeLimit
{
    // A release that purges what it has changed comes at once.
    private const int BurstSeconds = 10;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly int _rate;

    // Guarded by the gate.
    private double _level;
    private long _at;

    /// <param name="rate">So many a second; 0 for no limit.</param>
    /// <param name="time">The clock.</param>
    public PurgeLimit(int rate, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        _rate = rate;
        _time = time;
        _level = (double)rate * BurstSeconds;
        _at = time.GetTimestamp();
    }

    /// <summary>Takes so many; false, and when to come again, if others have used it up.</summary>
    public bool TryTake(int count, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        if (_rate == 0 || count == 0)
        {
            return true;
        }

        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _level = Math.Min((double)_rate * BurstSeconds, _level + (_rate * _time.GetElapsedTime(_at, now).TotalSeconds));
            _at = now;
            if (_level >= 1)
            {
                _level -= count;
                return true;
            }

            retryAfter = TimeSpan.FromSeconds((1 - _level) / _rate);
            return false;
        }
    }
}
