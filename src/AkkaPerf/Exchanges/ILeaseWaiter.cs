namespace AkkaPerf.Exchanges;

/// <summary>Somebody who waits for a lease; the pool calls exactly one of the two endings, exactly once.</summary>
internal interface ILeaseWaiter
{
    /// <summary>When the wait is over, as a timestamp of the pool's clock.</summary>
    long Deadline { get; }

    /// <summary>Whether nobody needs the lease any more; the pool then ends the wait by <see cref="Refused"/>.</summary>
    bool IsAbandoned { get; }

    /// <summary>Whether a failed connect, or the end of the pool, should end the wait as such, since another backend can be tried.</summary>
    bool PrefersFailure { get; }

    /// <summary>Who waits, in a few words, for the report of a lease held too long; read only then.</summary>
    string? Holder => null;

    /// <summary>Ends the wait with a lease. Called on the pool's thread: must not block.</summary>
    void Granted(Lease lease);

    /// <summary>Ends the wait without one. Called on the pool's thread: must not block.</summary>
    /// <param name="cause">The failed connect if that is why, else the last one known, else null.</param>
    /// <param name="isConnectFailure">Whether another backend should be tried: a connect just failed or the pool closes, and the waiter prefers that.</param>
    /// <param name="retryAfter">Until the next connect may start, while connects fail; else zero: when a lease comes back nobody can tell.</param>
    void Refused(Exception? cause, bool isConnectFailure, TimeSpan retryAfter);
}
