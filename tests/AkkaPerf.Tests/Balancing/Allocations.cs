namespace AkkaPerf.Tests.Balancing;

/// <summary>What something allocates on this thread once it is warm.</summary>
internal static class Allocations
{
    private const int Runs = 10;

    /// <summary>The least bytes of several runs: while the compiler improves on what runs, it leaves a few bytes of its own here and there.</summary>
    public static long OfOneWarm(Action run)
    {
        var least = long.MaxValue;
        for (var i = 0; i < Runs; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
