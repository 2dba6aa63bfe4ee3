namespace AkkaPerf.Backends;

/// <summary>Learns from the traffic how backends fare. Any thread; must not block.</summary>
internal interface IBackendWatcher
{
    /// <summary>Makes what it keeps of a new backend, as <see cref="Backend.Watched"/>: with the backend, so that the two lie side by side in memory.</summary>
    object NewRecord();

    /// <summary>An exchange that had been assigned to a backend has ended.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="outcome">How.</param>
    /// <param name="succeeded">How many went well since ever, this one included: each that does has a number of its own. What does not count here has none.</param>
    /// <param name="now">The timestamp of now.</param>
    void Ended(Backend backend, BackendOutcome outcome, long succeeded, long now);

    /// <summary>A backend begins anew: what was learnt of it before no longer holds.</summary>
    void Forget(Backend backend);
}
