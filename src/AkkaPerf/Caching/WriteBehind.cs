namespace AkkaPerf.Caching;

/// <summary>Runs what is to be done at the second level behind the callers' backs, in order for each key.</summary>
/// <remarks>
/// Problem: a caller must not wait for the second level, yet a removal must not be overtaken by an older write. Rule: keys are spread over
/// lanes, and a lane does one thing after another. A lane that is behind turns writes that nobody waits for into removals, which hold no
/// value: a write that is missing is a miss, never an older value. What somebody waits for is always done.
/// </remarks>
internal sealed class WriteBehind
{
    private const int Lanes = 16;

    private readonly WriteLane[] _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new WriteLane())];
    private long _dropped;

    /// <summary>Writes that were left out; their keys were removed instead.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Does something later, in order with the rest of the key's, or something smaller in its place; any thread.</summary>
    /// <param name="key">Whose it is.</param>
    /// <param name="work">If it fails, so does the task that is returned.</param>
    /// <param name="instead">Done if the work fails or there is too much to do: a removal. Null if somebody waits for the work: then it is done.</param>
    /// <returns>Ends when it, a later one in its place, or what is done instead has ended.</returns>
    public Task Run(string key, Func<ValueTask> work, Func<ValueTask>? instead)
    {
        var lane = _lanes[(uint)string.GetHashCode(key, StringComparison.Ordinal) % Lanes];
        var done = lane.Add(key, work, instead, out var isDropped);
        if (isDropped)
        {
            Interlocked.Increment(ref _dropped);
        }

        return done;
    }

    /// <summary>Ends when everything that was asked for until now is done.</summary>
    public Task FlushAsync() => Task.WhenAll(_lanes.Select(lane => lane.Ended));

    /// <summary>Ends when everything is done, or after a time: what waits then is given up, for whoever is at the end.</summary>
    /// <returns>False if something was given up.</returns>
    public async Task<bool> FlushAsync(TimeSpan limit, TimeProvider time)
    {
        try
        {
            await FlushAsync().WaitAsync(limit, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            Array.ForEach(_lanes, static lane => lane.GiveUp());
            return false;
        }
    }
}
