namespace AkkaPerf.Backends;

/// <summary>Ejects nobody; only ends the trials of those who were ejected by hand.</summary>
internal sealed class TrialWatcher(BackendDirectory directory) : IBackendWatcher
{
    private static readonly object Nothing = new();

    public object NewRecord() => Nothing;

    public void Ended(Backend backend, BackendOutcome outcome, long succeeded, long now)
    {
        if (backend.Health == BackendHealth.Probation && outcome is not (BackendOutcome.Cancelled or BackendOutcome.Inconclusive))
        {
            var isGood = outcome == BackendOutcome.Success;
            directory.TrialEnded(backend, isGood, isGood ? "the request on trial went well" : "the request on trial failed");
        }
    }

    public void Forget(Backend backend)
    {
    }
}
