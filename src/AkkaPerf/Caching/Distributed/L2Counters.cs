using AkkaPerf.Statistics;

namespace AkkaPerf.Caching.Distributed;

/// <summary>What happened at the second level since its start; any thread.</summary>
internal sealed class L2Counters
{
    private readonly Counter[] _counts = new Counter[Enum.GetValues<L2Count>().Length];
    private readonly Counter[] _rejections = new Counter[Enum.GetValues<L2Rejection>().Length];

    /// <summary>Reads begun.</summary>
    public long Reads => this[L2Count.Reads];

    public long Hits => this[L2Count.Hits];

    /// <summary>Reads that found nothing usable, rejected payloads among them.</summary>
    public long Misses => this[L2Count.Misses];

    /// <summary>Reads that the store did not answer in time.</summary>
    public long Unavailable => this[L2Count.Unavailable];

    /// <summary>Values and marks that were to be written.</summary>
    public long Writes => this[L2Count.Writes];

    public long Removes => this[L2Count.Removes];

    /// <summary>Operations in which the store threw.</summary>
    public long Errors => this[L2Count.Errors];

    /// <summary>Operations for which the soft or the hard timeout was over.</summary>
    public long Timeouts => this[L2Count.Timeouts];

    /// <summary>Operations not begun because too many are left behind.</summary>
    public long Refused => this[L2Count.Refused];

    /// <summary>How often the breaker opened.</summary>
    public long Openings => this[L2Count.Openings];

    /// <summary>Operations that went to the journal.</summary>
    public long Journaled => this[L2Count.Journaled];

    /// <summary>Operations of the journal that the store has had since.</summary>
    public long Reconciled => this[L2Count.Reconciled];

    /// <summary>Values for which the journal had no room; their keys' removals may still be there.</summary>
    public long Dropped => this[L2Count.Dropped];

    /// <summary>Keys for which the journal had no room at all: the store may keep something old.</summary>
    public long Forgotten => this[L2Count.Forgotten];

    /// <summary>Bytes that came from the store.</summary>
    public long BytesIn => this[L2Count.BytesIn];

    /// <summary>Bytes that went to the store.</summary>
    public long BytesOut => this[L2Count.BytesOut];

    /// <summary>Values that were stored compressed.</summary>
    public long Compressed => this[L2Count.Compressed];

    /// <summary>Bytes that compression spared.</summary>
    public long CompressionSaved => this[L2Count.CompressionSaved];

    public long this[L2Count count] => _counts[(int)count].Value;

    /// <summary>Payloads rejected, whatever the cause.</summary>
    public long Rejected => _rejections.Sum(counter => counter.Value);

    public long RejectedAs(L2Rejection cause) => _rejections[(int)cause].Value;

    public void Add(L2Count count, long amount = 1) => _counts[(int)count].Add(amount);

    /// <summary>Counts a rejection; true for the first of its cause.</summary>
    public bool AddRejected(L2Rejection cause) => _rejections[(int)cause].Increment() == 1;
}
