namespace AkkaPerf.Exchanges;

/// <summary>Has the next refusal of each reason looked at, once that is asked for. Any thread; any other refusal costs one read.</summary>
internal sealed class RefusalWatch
{
    // Cancelled is what callers do, not what the pipeline suffers from.
    private const int All = ~(1 << (int)RefusalReason.Cancelled);

    // A bit for each reason that is still to come.
    private int _awaited = All;

    /// <summary>Told of it, on the thread of whoever is refused; throws nothing.</summary>
    public Action<RefusalReason>? Seen { get; set; }

    /// <summary>Has the next one of each reason looked at again.</summary>
    public void Await() => Volatile.Write(ref _awaited, All);

    /// <summary>Somebody is refused.</summary>
    public void Refused(RefusalReason reason)
    {
        var bit = 1 << (int)reason;
        if ((Volatile.Read(ref _awaited) & bit) != 0 && (Interlocked.And(ref _awaited, ~bit) & bit) != 0)
        {
            Seen?.Invoke(reason);
        }
    }
}
