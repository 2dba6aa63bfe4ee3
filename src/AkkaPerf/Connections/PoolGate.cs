namespace AkkaPerf.Connections;

/// <summary>Lets one thread at a time at a pool's state. What it guards takes some ten nanoseconds as a rule and never calls anybody.</summary>
internal sealed class PoolGate
{
    // As long as it takes whoever is inside to come out, unless the processor has been taken from it: then waiting is no use.
    private const int Tries = 20;
    private const int Spins = 8;

    private readonly Lock _lock = new();

    /// <summary>Enters unless the gate stays busy; waits no longer than a few hundred nanoseconds.</summary>
    public bool TryEnter()
    {
        for (var left = Tries; !_lock.TryEnter(); left--)
        {
            if (left == 0)
            {
                return false;
            }

            Thread.SpinWait(Spins);
        }

        return true;
    }

    /// <summary>Enters; for who drives the pool, who has to.</summary>
    public void Enter() => _lock.Enter();

    public void Exit() => _lock.Exit();
}
