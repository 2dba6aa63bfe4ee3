namespace AkkaPerf.Exchanges;

/// <summary>Makes outcomes, for who answers in a pipeline's place.</summary>
public static class Outcomes
{
    /// <summary>A request that was answered.</summary>
    public static Outcome<TResponse> Success<TResponse>(TResponse value) => Outcome<TResponse>.Success(value);

    /// <summary>A request that was refused.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="retryAfter">When a new try may succeed; zero if that cannot be told.</param>
    public static Outcome<TResponse> Refused<TResponse>(RefusalReason reason, TimeSpan retryAfter = default) => Outcome<TResponse>.Refused(reason, retryAfter);

    /// <summary>A request whose handler failed.</summary>
    public static Outcome<TResponse> Faulted<TResponse>(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return Outcome<TResponse>.Faulted(exception);
    }
}
