using AkkaPerf.Exchanges;

namespace AkkaPerf.Caching.Warming;

/// <summary>Refreshes the hottest entries shortly before their life ends, though nobody asks: those who ask for what is hot never wait.</summary>
internal sealed class RefreshAhead<TKey> : IDisposable
    where TKey : notnull
{
    // The hottest are looked through this often; a life must be a few times as long to be refreshed in time.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    // An entry is due in the last tenth of its life.
    private const int Part = 10;

    private readonly CacheLevels<TKey> _levels;
    private readonly int _count;
    private readonly TimeProvider _time;
    private readonly Action<TKey, CacheEntry> _refresh;
    private readonly ITimer _timer;

    /// <summary>Begins.</summary>
    /// <param name="levels">Whose entries.</param>
    /// <param name="count">How many of the hottest.</param>
    /// <param name="time">The clock.</param>
    /// <param name="refresh">Sets the refresh of an entry going, and does not wait for it.</param>
    public RefreshAhead(CacheLevels<TKey> levels, int count, TimeProvider time, Action<TKey, CacheEntry> refresh)
    {
        _levels = levels;
        _count = count;
        _time = time;
        _refresh = refresh;
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((RefreshAhead<TKey>)state!).Look(), this, Step, Step);
        }
    }

    public void Dispose() => _timer.Dispose();

    // On a timer's thread, where an exception ends the process: whatever goes wrong here is tried again at the next step.
    private void Look()
    {
        try
        {
            var now = _time.GetTimestamp();
            foreach (var hot in _levels.First.Hottest(_count))
            {
                TryRefresh(hot.Key, now);
            }
        }
        catch (Exception)
        {
            // The store may be the user's, or disposed of already.
        }
    }

    private void TryRefresh(TKey key, long now)
    {
        try
        {
            if (_levels.Peek(key, now) is { } entry && IsDue(entry.Life, now) && entry.TryClaimRefresh(now, _levels.Lives.NextTry(now)))
            {
                _refresh(key, entry);
                _levels.Counters.Refreshed();
            }
        }
        catch (Exception)
        {
            // The user's code, or an entry of another type: the others are still to be refreshed.
        }
    }

    private bool IsDue(in EntryLife life, long now) =>
        life.FreshUntil < long.MaxValue / 8
        && life.FreshUntil - now < Math.Max((life.FreshUntil - life.MadeAt) / Part, 2 * _levels.Lives.Ticks(Step));
}
