using AkkaPerf.Exchanges;
using AkkaPerf.Statistics;

namespace AkkaPerf.Ingress;

/// <summary>Lets exchanges in, on the callers' threads: bounds how many are inside, and refuses at once when that is known to be the end of it.</summary>
/// <remarks>Belongs to the pipeline, not to one materialisation: a restart forgets nobody who is inside. Any thread.</remarks>
internal sealed class Door
{
    private const int Open = -1;

    private readonly int _capacity;
    private Counter _inside;

    // Open from the beginning: who comes before the first stage waits in its inbox.
    private int _closed = Open;
    private int _shedding = Open;
    private readonly TimeProvider _time;
    private long _shedUntil;
    private long _closedUntil;

    public Door(IngressOptions options, TimeProvider time)
    {
        _capacity = options.Capacity;
        _time = time;
        WhenFull = options.WhenFull;
    }

    public WhenFull WhenFull { get; }

    /// <summary>Exchanges inside, those still running for nobody included.</summary>
    public long Inside => _inside.Value;

    public bool HasRoom => _inside.Value < _capacity;

    /// <summary>Why nobody is let in; null while it is open.</summary>
    public RefusalReason? Closed => AsReason(Volatile.Read(ref _closed));

    /// <summary>Why whatever would have to wait is refused; null while there is room.</summary>
    public RefusalReason? Shedding => AsReason(Volatile.Read(ref _shedding));

    /// <summary>When somebody who is shed may come back; zero if that cannot be told.</summary>
    public TimeSpan ShedRetryAfter => Until(Volatile.Read(ref _shedUntil));

    /// <summary>When the door may be open again; zero if that cannot be told.</summary>
    public TimeSpan ClosedRetryAfter => Until(Volatile.Read(ref _closedUntil));

    /// <summary>Takes a place; false if all are taken.</summary>
    /// <remarks>
    /// Who fails leaves no trace, not even for an instant: the island, finding the last free place taken by somebody who is about to
    /// withdraw, would not look again, and whoever waits at the door would wait for nothing.
    /// </remarks>
    public bool TryEnter() => _inside.TryIncrement(_capacity);

    public void Leave() => _inside.Decrement();

    public void OpenUp() => Interlocked.Exchange(ref _closed, Open);

    /// <summary>Lets nobody in from now on. Stopping is final: a restart does not open it again.</summary>
    public void Close(RefusalReason reason)
    {
        var seen = Volatile.Read(ref _closed);
        while (seen != (int)RefusalReason.PipelineStopping)
        {
            var before = Interlocked.CompareExchange(ref _closed, (int)reason, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    public void Shed(RefusalReason? reason, TimeSpan retryAfter)
    {
        Volatile.Write(ref _shedUntil, At(retryAfter));
        Volatile.Write(ref _shedding, reason is { } known ? (int)known : Open);
    }

    /// <summary>Tells when the stream is started again.</summary>
    public void ReopensIn(TimeSpan backOff) => Volatile.Write(ref _closedUntil, At(backOff));

    private long At(TimeSpan time) => time > TimeSpan.Zero ? _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency) : 0;

    private TimeSpan Until(long timestamp)
    {
        var left = timestamp == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_time.GetTimestamp(), timestamp);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static RefusalReason? AsReason(int value) => value == Open ? null : (RefusalReason)value;
}
