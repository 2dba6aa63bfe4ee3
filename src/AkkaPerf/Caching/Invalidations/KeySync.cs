using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Caching.Invalidations;

/// <summary>Tells the other processes of a second level which single keys were set or removed here, and learns from them; one exchange at a time.</summary>
/// <remarks>
/// Never at once, and only what callers set or remove, never what is loaded: all of an interval costs one write. So others know after two
/// intervals, and one interval more for each time that the log was overwritten by somebody who wrote at the same moment. Who has missed
/// some, because there were too many or he did not read for too long, trusts nothing of his first level any more; the second one has it.
/// </remarks>
internal sealed class KeySync
{
    private const string LogName = "keys";

    private const int MaxTries = 5;

    // For how many intervals it is looked whether one's own changes still stand in the log, and how long they stand there at least.
    private const int LookAgain = 10;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    // More than any entry may live.
    private static readonly TimeSpan MarkLife = TimeSpan.FromDays(366);

    private readonly SecondLevel _second;
    private readonly InvalidationTable _table;
    private readonly InvalidationOptions _options;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private readonly OwnKeys _own = new();
    private DateTimeOffset _seenAt;

    // What is left out up to here was seen before, or is one's own.
    private DateTimeOffset _knownFloor = DateTimeOffset.MinValue;

    public KeySync(SecondLevel second, InvalidationTable table, InvalidationOptions options, TimeProvider time, Action changed)
    {
        _second = second;
        _table = table;
        _options = options;
        _time = time;
        _changed = changed;
        _seenAt = time.GetUtcNow();
    }

    /// <summary>Whether something was changed since the last exchange.</summary>
    public bool HasNews => _own.HasNews;

    /// <summary>A key was set or removed here: the others are told with the next exchange. Any thread.</summary>
    public void Add(string key, DateTimeOffset at)
    {
        var name = KeyMarks.NameOf(key);
        _own.Add(name, _table.NoteOwnKey(name, at));
    }

    /// <summary>Reads the log; writes what it lacks of one's own, until that is seen there.</summary>
    public async ValueTask ExchangeAsync(CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var now = _time.GetUtcNow();
            var mark = await _second.ReadMarkAsync(LogName, cancellationToken).ConfigureAwait(false);
            if (mark.Kind == L2MarkKind.Unavailable)
            {
                return;
            }

            // What cannot be read is as good as lost: everybody tells again what it still remembers.
            var log = KeyLog.Decode(mark.Value.ToArray()) ?? KeyLog.Empty;
            TakeIn(log, now);
            var lookAgain = LookAgain * _options.Interval;
            var (untold, floor) = _own.Untold(log, now - lookAgain);
            if (untold.Count == 0 && floor <= log.Floor)
            {
                return;
            }

            var next = log.With(untold, floor, _options.Keys, oldest: now - (lookAgain > Kept ? lookAgain : Kept));
            _knownFloor = next.Floor > _knownFloor ? next.Floor : _knownFloor;
            await _second.WriteMarkAsync(LogName, next.Encode(), MarkLife, cancellationToken).ConfigureAwait(false);
        }
    }

    private void TakeIn(KeyLog log, DateTimeOffset now)
    {
        var isChanged = _table.ApplyKeys(log.Items);
        if (log.Floor > _knownFloor && log.Floor >= _seenAt - _options.ClockTolerance)
        {
            _table.DistrustKeys();
            isChanged = true;
        }

        _knownFloor = log.Floor > _knownFloor ? log.Floor : _knownFloor;
        _seenAt = now;
        if (isChanged)
        {
            _changed();
        }
    }
}
