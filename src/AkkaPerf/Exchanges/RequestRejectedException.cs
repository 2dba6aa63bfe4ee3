namespace AkkaPerf.Exchanges;

/// <summary>A request was refused; nothing is known to have been sent unless the reason is a passed deadline or a cancellation.</summary>
public sealed class RequestRejectedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="retryAfter">When a new try may succeed, if that can be told.</param>
    /// <param name="cause">What lies behind it, such as a failed connect.</param>
    public RequestRejectedException(RefusalReason reason, TimeSpan? retryAfter = null, Exception? cause = null)
        : base(MessageOf(reason, retryAfter), cause)
    {
        Reason = reason;
        RetryAfter = retryAfter;
    }

    /// <summary>Why.</summary>
    public RefusalReason Reason { get; }

    /// <summary>When a new try may succeed, if that can be told.</summary>
    public TimeSpan? RetryAfter { get; }

    private static string MessageOf(RefusalReason reason, TimeSpan? retryAfter)
    {
        var text = reason switch
        {
            RefusalReason.QueueFull => "The pipeline is full.",
            RefusalReason.RateLimited => "The rate limit is used up.",
            RefusalReason.DeadlinePassed => "The deadline passed.",
            RefusalReason.NoHealthyBackend => "No backend may be picked.",
            RefusalReason.NoConnection => "No connection could be had in time.",
            RefusalReason.Cancelled => "The caller cancelled.",
            RefusalReason.PipelineStopping => "The pipeline is stopping.",
            _ => "The pipeline is restarting.",
        };
        return retryAfter is { } wait ? $"{text} Retry after {wait.TotalSeconds:0.###} s." : text;
    }
}
