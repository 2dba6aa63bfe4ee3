namespace AkkaPerf.Http.Caching;

/// <summary>How often keys were removed of late: a fill that began before is overtaken. Any thread.</summary>
/// <remarks>Keys share counters: now and then a fill is overtaken by another key's change, and not stored, which does no harm.</remarks>
internal sealed class ChangeCounts
{
    private readonly int[] _counts = new int[1024];
    private int _total;

    /// <summary>How often any key was removed.</summary>
    public int Total => Volatile.Read(ref _total);

    public int Of(int hash) => Volatile.Read(ref Slot(hash));

    public void Count(int hash)
    {
        Interlocked.Increment(ref Slot(hash));
        Interlocked.Increment(ref _total);
    }

    private ref int Slot(int hash) => ref _counts[hash & (_counts.Length - 1)];
}
