namespace AkkaPerf.Caching;

/// <summary>A key's load failed a moment ago, and <c>life.failure-pause</c> lets its source alone for a while; nothing stale could be answered.</summary>
public sealed class LoadPausedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="retryAfter">When the source is asked again at the earliest.</param>
    /// <param name="cause">How the last load failed.</param>
    public LoadPausedException(TimeSpan retryAfter, Exception? cause = null)
        : base($"The last load of this key failed a moment ago; its source is asked again after {retryAfter.TotalSeconds:0.###} s.", cause) =>
        RetryAfter = retryAfter;

    /// <summary>When the source is asked again at the earliest.</summary>
    public TimeSpan RetryAfter { get; }

    /// <summary>The same for one more caller: each throws an exception of its own.</summary>
    internal LoadPausedException Again() => new(RetryAfter, InnerException);
}
