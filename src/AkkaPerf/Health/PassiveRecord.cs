using AkkaPerf.Statistics;

namespace AkkaPerf.Health;

/// <summary>What is remembered of one backend's traffic. Any thread.</summary>
internal sealed class PassiveRecord(long window)
{
    private int _inARow;

    public OutcomeWindow Window { get; } = new(window);

    /// <summary>How many failures in a row that makes.</summary>
    public int CountFailure() => Interlocked.Increment(ref _inARow);

    public void EndRow()
    {
        if (Volatile.Read(ref _inARow) != 0)
        {
            Volatile.Write(ref _inARow, 0);
        }
    }

    public void Clear()
    {
        EndRow();
        Window.Clear();
    }
}
