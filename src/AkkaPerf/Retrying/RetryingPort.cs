using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Retrying;

/// <summary>What the retrying stage has in common with the pipeline around it; belongs to the pipeline and outlives a stage.</summary>
internal sealed class RetryingPort
{
    private long _retries;
    private long _hedges;
    private long _hedgesWon;
    private long _refusedByBudget;

    public RetryingPort(RetryOptions retry, HedgeOptions hedge, TimeProvider time, Random random)
    {
        Retry = retry;
        Hedge = hedge;
        Time = time;
        Budget = new RetryBudget(retry.Budget, time.TimestampFrequency);
        BackOff = new BackOff(retry.BackOff, time.TimestampFrequency, random);
        Latencies = hedge.Enabled ? new LatencyWindow(hedge.Quantile, hedge.MinSamples, time.TimestampFrequency) : null;
    }

    public RetryOptions Retry { get; }

    public HedgeOptions Hedge { get; }

    public TimeProvider Time { get; }

    public RetryBudget Budget { get; }

    public BackOff BackOff { get; }

    /// <summary>Null if nothing is hedged.</summary>
    public LatencyWindow? Latencies { get; }

    public required BackendDirectory Directory { get; init; }

    /// <summary>Takes a permit, and a start, if both are free and nobody waits for them. The island's thread.</summary>
    public required Func<bool> TryTakePermit { get; init; }

    /// <summary>Says that a permit has come back behind the throttling stage's back.</summary>
    public required Action PermitReturned { get; init; }

    /// <summary>Whether every start has to be paid for, also one that has its permit.</summary>
    public bool IsRateLimited { get; init; }

    /// <summary>Tries that answered early.</summary>
    public Inbox<Exchange> AnsweredEarly { get; } = new();

    /// <summary>Whether tries are exchanges of their own, because a next one may begin before the last has ended.</summary>
    public bool Forks => Hedge.Enabled || (Retry.AttemptTimeout > TimeSpan.Zero && Retry.Attempts > 0);

    /// <summary>Further tries.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Tries made beside a slow one.</summary>
    public long Hedges => Volatile.Read(ref _hedges);

    /// <summary>Those that were the first to answer.</summary>
    public long HedgesWon => Volatile.Read(ref _hedgesWon);

    /// <summary>Tries and hedges that the budget did not allow.</summary>
    public long RefusedByBudget => Volatile.Read(ref _refusedByBudget);

    /// <summary>Counts a request once. Whoever holds the exchange.</summary>
    public void Count(Exchange exchange, long now)
    {
        if (!exchange.Tries.IsCounted)
        {
            exchange.Tries.IsCounted = true;
            Budget.Deposit(now);
        }
    }

    // One island at a time writes them.
    public void CountRetry() => Volatile.Write(ref _retries, _retries + 1);

    public void CountHedge() => Volatile.Write(ref _hedges, _hedges + 1);

    public void CountHedgeWon() => Volatile.Write(ref _hedgesWon, _hedgesWon + 1);

    public void CountRefusedByBudget() => Volatile.Write(ref _refusedByBudget, _refusedByBudget + 1);
}
