using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Caching;

/// <summary>What a cache's second level has done since it began, and how it is.</summary>
public sealed record SecondLevelStatistics
{
    /// <summary>Whether it is asked; false while it is down.</summary>
    public required bool IsUp { get; init; }

    /// <summary>Whether other processes' invalidations are known; false while it is down.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>Reads that found something.</summary>
    public required long Hits { get; init; }

    /// <summary>Reads that found nothing usable.</summary>
    public required long Misses { get; init; }

    /// <summary>Reads that were not answered in time, or not asked.</summary>
    public required long Unavailable { get; init; }

    /// <summary>Values and marks that were to be written; what the store did not take is in the journal.</summary>
    public required long Writes { get; init; }

    /// <summary>Writes left out because there were too many to be done.</summary>
    public required long WritesDropped { get; init; }

    /// <summary>Operations in which the store failed.</summary>
    public required long Errors { get; init; }

    /// <summary>Operations that took too long.</summary>
    public required long Timeouts { get; init; }

    /// <summary>Payloads that did not fit: damaged, foreign, too large.</summary>
    public required long Rejected { get; init; }

    /// <summary>Operations that wait for it to be back.</summary>
    public required int Waiting { get; init; }

    /// <summary>Operations that waited for it and have reached it since.</summary>
    public required long Reconciled { get; init; }

    /// <summary>Bytes read.</summary>
    public required long BytesIn { get; init; }

    /// <summary>Bytes written.</summary>
    public required long BytesOut { get; init; }

    internal static SecondLevelStatistics Of(SecondLevel second, long writesDropped, bool isCurrent) => new()
    {
        IsUp = second.State == L2State.Closed,
        IsCurrent = isCurrent,
        Hits = second.Counters.Hits,
        Misses = second.Counters.Misses,
        Unavailable = second.Counters.Unavailable,
        Writes = second.Counters.Writes,
        WritesDropped = writesDropped + second.Counters.Dropped,
        Errors = second.Counters.Errors,
        Timeouts = second.Counters.Timeouts,
        Rejected = second.Counters.Rejected,
        Waiting = second.Waiting,
        Reconciled = second.Counters.Reconciled,
        BytesIn = second.Counters.BytesIn,
        BytesOut = second.Counters.BytesOut,
    };
}
