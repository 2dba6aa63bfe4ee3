namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>What two processes that share a second level may answer, and what they must know.</summary>
/// <remarks>
/// Rules for a value that is answered: it was made for that key; it is fresh, or stale within a window that allows it; nobody has set,
/// removed or invalidated its key since, or another process has, less than two intervals ago. Rule for a value that must be known: it
/// is the last one made, it is fresh, and nothing has happened to it.
/// </remarks>
internal sealed class SharedModel(Func<DateTimeOffset> now, TimeSpan bound)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Made> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Made> _last = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Process, string Key), DateTimeOffset> _heldUntil = [];
    private readonly List<Change> _changes = [];
    private int _count;

    public bool IsSourceDown { get; set; }

    public int Count => _count;

    /// <summary>A value is set or loaded.</summary>
    public Made Make(int process, string key, string tag, Windows windows)
    {
        lock (_gate)
        {
            var made = new Made($"{key}#{++_count}", key, tag, process, windows, now());
            _values.Add(made.Value, made);
            _last[key] = made;
            return made;
        }
    }

    /// <summary>A caller has changed something.</summary>
    public void Changed(int process, Func<Made, bool> names)
    {
        lock (_gate)
        {
            _changes.Add(new Change(process, names, now(), _count));
        }
    }

    /// <summary>The source failed a process: what is stale may be answered for a while.</summary>
    public void Failed(int process, string key, TimeSpan held)
    {
        lock (_gate)
        {
            _heldUntil[(process, key)] = now() + held;
        }
    }

    /// <summary>What must be known everywhere; null if nothing must.</summary>
    public Made? Known(string key)
    {
        lock (_gate)
        {
            return _last.TryGetValue(key, out var last) && now() < last.FreshUntil && !_changes.Exists(change => change.Hits(last)) ? last : null;
        }
    }

    /// <summary>What may be answered if the source is down; null if nothing must be.</summary>
    public Made? KnownIfDown(string key)
    {
        lock (_gate)
        {
            return _last.TryGetValue(key, out var last) && now() < last.FreshUntil + last.Windows.IfError && !_changes.Exists(change => change.Hits(last)) ? last : null;
        }
    }

    /// <summary>Whether another process has invalidated what names a value shortly before it was made: that may be learnt after it.</summary>
    public bool MayBeLost(Made made)
    {
        lock (_gate)
        {
            return _changes.Exists(change => change.Process != made.Process && change.Names(made) && change.At >= made.At - bound);
        }
    }

    /// <summary>Why a value must not be answered; null if it may be.</summary>
    public string? Fault(int process, string key, string value, bool mustBeFresh)
    {
        lock (_gate)
        {
            if (!_values.TryGetValue(value, out var made) || made.Key != key)
            {
                return $"{value} was never made for {key}";
            }

            if (_changes.Find(change => change.Hits(made) && (change.Process == process || now() >= change.At + bound)) is { } change)
            {
                return $"{value} of {made.At:mm:ss.fff} was changed by process {change.Process} at {change.At:mm:ss.fff}";
            }

            var isHeld = IsSourceDown || now() < _heldUntil.GetValueOrDefault((process, key));
            var until = mustBeFresh ? made.FreshUntil
                : isHeld ? made.FreshUntil + made.Windows.Longest
                : made.FreshUntil + made.Windows.WhileRevalidate;
            return now() < until ? null : $"{value} of {made.At:mm:ss.fff} is over since {until:mm:ss.fff}";
        }
    }

    internal sealed record Windows(TimeSpan Ttl, TimeSpan WhileRevalidate, TimeSpan IfError, TimeSpan Sliding)
    {
        public TimeSpan Longest => WhileRevalidate > IfError ? WhileRevalidate : IfError;
    }

    internal sealed record Made(string Value, string Key, string Tag, int Process, Windows Windows, DateTimeOffset At)
    {
        public DateTimeOffset FreshUntil => At + Windows.Ttl;

        public int Number => int.Parse(Value.AsSpan(Value.IndexOf('#', StringComparison.Ordinal) + 1), System.Globalization.CultureInfo.InvariantCulture);
    }

    // It hits what was made before it.
    private sealed record Change(int Process, Func<Made, bool> Names, DateTimeOffset At, int Count)
    {
        public bool Hits(Made made) => made.Number <= Count && Names(made);
    }
}
