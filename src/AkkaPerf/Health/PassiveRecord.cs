using AkkaPerf.Statistics;

namespace AkkaPerf.Health;

/// <summary>What is remembered of one backend's traffic. Any thread.</summary>
internal sealed class PassiveRecord
{
    private OutcomeWindow _window;
    private int _inARow;

    /// <param name="window">Its length, in the clock's ticks.</param>
    public PassiveRecord(long window) => _window = new OutcomeWindow(window);

    public ref OutcomeWindow Window => ref _window;

    public void Succeeded(long number, long now)
    {
        _window.Succeeded(number, now);
        EndRow();
    }

    /// <summary>How many failures in a row that makes.</summary>
    public int Failed(long now)
    {
        _window.Failed(now);
        return Interlocked.Increment(ref _inARow);
    }

    public void Clear()
    {
        EndRow();
        _window.Clear();
    }

    private void EndRow()
    {
        if (Volatile.Read(ref _inARow) != 0)
        {
            Volatile.Write(ref _inARow, 0);
        }
    }
}
