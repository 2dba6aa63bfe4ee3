namespace AkkaPerf.Caching;

/// <summary>Looks once more at keys, some time after they were written. Any thread.</summary>
/// <remarks>
/// Problem: of two processes that read what the second level has of a key, unite it with their own and write it back at the same moment, the
/// later one takes the other's away, and a second level knows no comparing. Rule: who has written looks again once all who may have read before
/// have written too, and writes what is missing, which is looked at again; each such round has one process fewer that misses something. Cost: one
/// timer for all keys, and a read for each; of a key that is written often, one for all its writes.
/// </remarks>
internal sealed class Rechecks : IDisposable
{
    // A key and its look: a megabyte or two.
    private const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Due, Func<Task> Look)> _wanted = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly TimeSpan _delay;
    private readonly ITimer _timer;
    private bool _isArmed;

    /// <param name="time">The clock.</param>
    /// <param name="delay">After so long all who had read before something was written have written.</param>
    public Rechecks(TimeProvider time, TimeSpan delay)
    {
        _time = time;
        _delay = delay;
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((Rechecks)state!).LookAtDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Has a key that was written now looked at; it takes the place of a look that waits. More than there is room for are left out.</summary>
    public void Want(string key, Func<Task> look)
    {
        var due = _time.GetTimestamp() + (long)(_delay.TotalSeconds * _time.TimestampFrequency);
        lock (_gate)
        {
            if (_wanted.Count >= Most && !_wanted.ContainsKey(key))
            {
                return;
            }

            _wanted[key] = (due, look);
            if (!_isArmed)
            {
                _isArmed = true;
                _timer.Change(_delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void LookAtDue()
    {
        var now = _time.GetTimestamp();
        var looks = new List<Func<Task>>();
        lock (_gate)
        {
            foreach (var (key, (due, look)) in _wanted)
            {
                if (due <= now)
                {
                    looks.Add(look);
                    _wanted.Remove(key);
                }
            }

            _isArmed = _wanted.Count > 0;
            if (_isArmed)
            {
                var next = _wanted.Values.Min(static one => one.Due);
                _timer.Change(_time.GetElapsedTime(now, next), Timeout.InfiniteTimeSpan);
            }
        }

        // None of them throws.
        looks.ForEach(static look => _ = look());
    }
}
