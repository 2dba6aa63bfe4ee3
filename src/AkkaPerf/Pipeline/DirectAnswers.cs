using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>What callers are told without an exchange: counted, traced, told. Any thread.</summary>
internal sealed class DirectAnswers<TRequest, TResponse>
{
    private readonly PipelineCore _core;
    private readonly RequestSpans<TRequest> _spans;

    public DirectAnswers(PipelineCore core, RequestSpans<TRequest> spans)
    {
        _core = core;
        _spans = spans;
    }

    public Outcome<TResponse> Hit(TRequest request, TResponse value)
    {
        _core.Cache!.Counters.LocalHit();
        _spans.Hit(request);
        return Outcome<TResponse>.Success(value);
    }

    public Outcome<TResponse> GaveStale(TRequest request, Outcome<TResponse> stale)
    {
        _core.Counters.Count(OutcomeKind.Value, default);
        _spans.Hit(request);
        return stale;
    }

    public Outcome<TResponse> Refused(TRequest request, bool isLoad, RefusalReason reason, TimeSpan retryAfter = default)
    {
        if (reason == RefusalReason.PipelineStopping && _core.HasSuccessor)
        {
            // Whoever forwarded it here asks the successor, where it is counted.
            return Outcome<TResponse>.Refused(reason, retryAfter);
        }

        if (!isLoad)
        {
            _core.Counters.Count(OutcomeKind.Refusal, reason);
        }

        _spans.Refused(request, reason);
        return Outcome<TResponse>.Refused(reason, retryAfter);
    }

    public Outcome<TResponse> Faulted(TRequest request, Exception fault)
    {
        _core.Counters.Count(OutcomeKind.Fault, default);
        _spans.Faulted(request, fault);
        return Outcome<TResponse>.Faulted(fault);
    }

    /// <summary>Past its life, but allowed as nothing fresh can be had; for a while nobody asks the source again.</summary>
    /// <param name="outdated">What there is.</param>
    /// <param name="instead">What came of asking; returned if the other's time is over too.</param>
    public Outcome<TResponse> Stale(CacheEntry<TResponse> outdated, Outcome<TResponse> instead)
    {
        var now = _core.Time.GetTimestamp();
        if (now >= outdated.Life.ExpiresAt)
        {
            return instead;
        }

        var levels = _core.Cache!;
        outdated.HeldUntil = levels.Lives.NextTry(now);
        levels.Counters.ServedStale();
        return Outcome<TResponse>.Success(outdated.Value);
    }
}
