namespace AkkaPerf.Health;

/// <summary>Lets so many probes of a pipeline run at once; the others wait in their order. Any thread.</summary>
internal sealed class ProbeGate
{
    private readonly Lock _gate = new();
    private readonly Queue<ProbeTurn> _waiting = new();
    private readonly int _limit;
    private int _running;

    public ProbeGate(int limit) => _limit = limit;

    /// <summary>Takes a turn, which is to be left in any case; false if it has to wait.</summary>
    /// <param name="granted">Called once the wait is over, on the thread of whoever left.</param>
    /// <param name="turn">The turn.</param>
    public bool TryEnter(Action<ProbeTurn> granted, out ProbeTurn turn)
    {
        turn = new ProbeTurn(this, granted);
        lock (_gate)
        {
            if (_running < _limit)
            {
                _running++;
                turn.State = ProbeTurnState.Running;
                return true;
            }

            _waiting.Enqueue(turn);
            return false;
        }
    }

    /// <summary>Ends a turn, or gives up waiting for it; more than once does no harm.</summary>
    public void Leave(ProbeTurn turn)
    {
        ProbeTurn? next = null;
        lock (_gate)
        {
            var wasRunning = turn.State == ProbeTurnState.Running;
            turn.State = ProbeTurnState.Left;
            if (!wasRunning)
            {
                return;
            }

            while (_waiting.TryDequeue(out next) && next.State == ProbeTurnState.Left)
            {
            }

            if (next is null)
            {
                _running--;
                return;
            }

            next.State = ProbeTurnState.Running;
        }

        next.Granted(next);
    }
}
