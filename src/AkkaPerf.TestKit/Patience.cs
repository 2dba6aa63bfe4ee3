namespace AkkaPerf.TestKit;

/// <summary>Turns what never happens into a failure. The limits are far beyond what a loaded machine needs: no test's result depends on them.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    // As long as the other side is nearly there a yield is enough; after that the processor is the other side's.
    private const int Yields = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits for a signal.</summary>
    public static async Task<T> ForAsync<T>(Task<T> signal, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await signal.WaitAsync(Limit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new ExpectationFailedException($"Expected {what}, but it did not come within {Limit.TotalSeconds:0} s.", exception);
        }
    }

    /// <summary>Waits until something is so that gives no signal.</summary>
    public static async Task UntilAsync(Func<bool> isSo, Func<string> what, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var look = 0; !isSo(); look++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (look < Yields)
            {
                await Task.Yield();
            }
            else if (TimeProvider.System.GetElapsedTime(start) < Limit)
            {
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                throw new ExpectationFailedException($"Expected {what()} within {Limit.TotalSeconds:0} s.");
            }
        }
    }
}
