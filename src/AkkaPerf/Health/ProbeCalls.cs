namespace AkkaPerf.Health;

/// <summary>Counts the probe calls of one backend that have not returned, so that a probe that ignores its token cannot pile up.</summary>
/// <remarks>
/// A probe that outlives its timeout is abandoned, and the next one starts beside it at its time: a single lost answer must not end the probing.
/// With two that have not returned nothing more is started, and every turn counts as a failed probe. Any thread; outlives the prober's restart.
/// </remarks>
internal sealed class ProbeCalls
{
    private const int Most = 2;

    private int _running;

    /// <summary>Claims a call, which <see cref="Leave"/> gives back; false if too many have not returned.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _running) <= Most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _running);
}
