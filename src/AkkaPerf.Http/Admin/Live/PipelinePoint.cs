namespace AkkaPerf.Http.Admin.Live;

/// <summary>What a pipeline did between two samples; rates are per second, times in milliseconds, ratios 0 to 1, null where nothing happened.</summary>
/// <param name="At">When it ended, in milliseconds since 1970.</param>
internal readonly record struct PipelinePoint(long At)
{
    /// <summary>Requests that got an outcome, hits included.</summary>
    public double Requests { get; init; }

    /// <summary>Those answered with a value.</summary>
    public double Answered { get; init; }

    /// <summary>Those whose handler failed.</summary>
    public double Faulted { get; init; }

    /// <summary>Those refused; who cancelled was not.</summary>
    public double Shed { get; init; }

    /// <summary>Tries after one that failed.</summary>
    public double Retries { get; init; }

    /// <summary>Tries beside a slow one.</summary>
    public double Hedges { get; init; }

    /// <summary>Part of the look-ups that the first level answered.</summary>
    public double? LocalHits { get; init; }

    /// <summary>Part of the look-ups that the second level answered.</summary>
    public double? DistributedHits { get; init; }

    /// <summary>Part of the look-ups that joined a load in flight.</summary>
    public double? Joined { get; init; }

    /// <summary>Median of the backends' answer times.</summary>
    public double? P50 { get; init; }

    /// <summary>The time that nine of ten answers did not exceed.</summary>
    public double? P90 { get; init; }

    /// <summary>The time that 99 of 100 answers did not exceed.</summary>
    public double? P99 { get; init; }

    /// <summary>Exchanges inside.</summary>
    public long InFlight { get; init; }

    /// <summary>Those who wait, wherever.</summary>
    public long Waiting { get; init; }
}
