using AkkaPerf.Statistics;

namespace AkkaPerf.Backends;

/// <summary>One server that can answer: what it is, and its live figures. Its state stands in <see cref="BackendSet"/>.</summary>
public sealed class Backend
{
    private readonly double _secondsPerTick;
    private readonly LoadPlace _place;
    private DurationHistogram? _answerTimes;
    private int _health;
    private long _countsFrom;
    private long _leftovers;

    /// <summary>One that stands alone, in no directory.</summary>
    internal Backend(string id, Uri address)
        : this(new BackendOptions { Id = id }, address, TimeProvider.System)
    {
    }

    internal Backend(BackendOptions options, Uri address, TimeProvider time, LoadShelf? shelf = null)
    {
        _secondsPerTick = 1.0 / time.TimestampFrequency;
        _place = (shelf ?? new LoadShelf(loadsPerBlock: 1)).Take();
        Id = options.Id;
        LastingId = options.FoundBy ?? options.Id;
        Address = address;
        Host = options.Host;
        Priority = options.Priority;
        Zone = options.Zone;
        MaxInFlight = options.MaxInFlight;
        MaxConnections = options.MaxConnections;
    }

    /// <summary>Its name, unique within the pipeline.</summary>
    public string Id { get; }

    /// <summary>What is kept of it for good goes by: its id, but that of their common entry for addresses of a host, which come and go.</summary>
    internal string LastingId { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What it is asked by where a protocol names the server, as in HTTP's Host and in TLS; empty = its address' own.</summary>
    public string Host { get; }

    /// <summary>Its tier; 0 is asked first.</summary>
    public int Priority { get; }

    /// <summary>Where it stands; empty = nowhere.</summary>
    public string Zone { get; }

    /// <summary>Exchanges assigned to it at once; 0 = no limit of its own.</summary>
    public int MaxInFlight { get; }

    /// <summary>Connections to it; 0 = the pipeline's limit.</summary>
    public int MaxConnections { get; }

    /// <summary>Exchanges that are assigned to it now, those still waiting for a connection included.</summary>
    public long InFlight => Load.InFlight;

    /// <summary>Exchanges that it answered.</summary>
    public long Succeeded => Load.Succeeded;

    /// <summary>Exchanges that failed on it; those the caller cancelled are none.</summary>
    public long Failed => Load.Failed;

    /// <summary>Lately failed part of what it was asked, 0 to 1.</summary>
    public double FailureShare => Load.FailureShare;

    /// <summary>Average time to answer; zero while there is none.</summary>
    public TimeSpan ResponseTime => TimeSpan.FromTicks((long)Math.Round(Load.ResponseTime * _secondsPerTick * TimeSpan.TicksPerSecond));

    /// <summary>How long its answers took, since it came; failures are none.</summary>
    public DurationSnapshot AnswerTimes => Volatile.Read(ref _answerTimes)?.Snapshot() ?? DurationSnapshot.Empty;

    /// <summary>Learns how each exchange ended.</summary>
    internal IBackendWatcher? Watcher { get; set; }

    /// <summary>The tags of what it took; null until that is recorded.</summary>
    internal KeyValuePair<string, object?>[]? DurationTags { get; set; }

    /// <summary>What the watcher keeps of this backend.</summary>
    internal object? Watched { get; set; }

    /// <summary>Those in flight that were there before it last began anew; about, if some end just then.</summary>
    internal int Leftovers => (int)Math.Max(0, Volatile.Read(ref _leftovers));

    internal ref readonly BackendLoad Load => ref _place.Load;

    /// <summary>Where that stands.</summary>
    internal LoadPlace Place => _place;

    /// <summary>The state in the newest set, for those who need no more.</summary>
    internal BackendHealth Health
    {
        get => (BackendHealth)Volatile.Read(ref _health);
        set => Volatile.Write(ref _health, (int)value);
    }

    /// <summary>Its number in its directory, which is its own while it is there; -1 before. Set once, before it is published.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>Its last load report. Guarded by the directory's lock.</summary>
    internal LoadReport Report { get; set; }

    /// <inheritdoc />
    public override string ToString() => $"{Id} ({AddressText.Mask(Address)})";

    /// <summary>Whether options describe this backend; weight and enabled are its status', not its own.</summary>
    internal bool Is(BackendOptions options) =>
        options.Id == Id && options.Address == Address && options.Host == Host && options.Priority == Priority && options.Zone == Zone
        && options.MaxInFlight == MaxInFlight && options.MaxConnections == MaxConnections;

    /// <summary>Takes one exchange on; false if its limit (0 = none) is reached.</summary>
    internal bool TryAssign(int limit, long now) => _place.Load.TryAssign(limit, now);

    /// <summary>One that was assigned has ended; each exactly once.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="assignedAt">When it was assigned, as a timestamp.</param>
    /// <param name="now">The timestamp of now.</param>
    internal void Ended(BackendOutcome outcome, long assignedAt, long now) => Ended(outcome, assignedAt, now, now);

    /// <summary>The same for one that answered before its end.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="assignedAt">When it was assigned, as a timestamp.</param>
    /// <param name="respondedAt">When it answered: until then it counts as response time.</param>
    /// <param name="now">The timestamp of now: when it counts.</param>
    internal void Ended(BackendOutcome outcome, long assignedAt, long respondedAt, long now)
    {
        ref var load = ref _place.Load;
        if (outcome == BackendOutcome.Timeout && load.IsTooEarlyFor(respondedAt - assignedAt, now, _secondsPerTick))
        {
            outcome = BackendOutcome.Cancelled;
        }

        // Nothing is done ahead of an atomic step, and nothing until it is over: so what takes time comes before the first. Of thousands of
        // backends the bucket is in no cache, and comes while the rest is done.
        var answers = outcome == BackendOutcome.Success ? (_answerTimes ?? BeginAnswerTimes()) : null;
        var bucket = answers is null ? 0 : DurationBuckets.Of((respondedAt - assignedAt) * _secondsPerTick * 1_000_000);
        answers?.Expect(bucket);

        // What began before it was told to begin anew says nothing of what it is now.
        var isLeftover = assignedAt < Volatile.Read(ref _countsFrom);
        var isLearntFrom = !isLeftover && outcome != BackendOutcome.Inconclusive;
        if (isLearntFrom)
        {
            Learn(outcome, respondedAt - assignedAt, now);
        }

        var succeeded = load.Ended(outcome, assignedAt, isLeftover);
        if (isLeftover)
        {
            Interlocked.Decrement(ref _leftovers);
        }
        else if (isLearntFrom)
        {
            Watcher?.Ended(this, outcome, succeeded, now);
        }

        answers?.Count(bucket);
    }

    /// <summary>Forgets how it fared, and what is in flight will not count.</summary>
    internal void BeginAnew(long now)
    {
        Volatile.Write(ref _countsFrom, now);
        Volatile.Write(ref _leftovers, InFlight);
        _place.Load.Forget();
        Watcher?.Forget(this);
    }

    private DurationHistogram BeginAnswerTimes()
    {
        var begun = new DurationHistogram();
        return Interlocked.CompareExchange(ref _answerTimes, begun, comparand: null) ?? begun;
    }

    private void Learn(BackendOutcome outcome, long took, long now)
    {
        ref var load = ref _place.Load;
        switch (outcome)
        {
            case BackendOutcome.Success:
                load.Answers(took, now, _secondsPerTick);
                break;
            case BackendOutcome.Cancelled:
                load.TakesAtLeast(took, now, _secondsPerTick);
                break;
            case BackendOutcome.Timeout:
                load.TakesAtLeast(took, now, _secondsPerTick);
                load.Fails(now, _secondsPerTick);
                break;
            default:
                load.Fails(now, _secondsPerTick);
                break;
        }
    }
}
