using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Statistics;

namespace AkkaPerf.Ingress;

/// <summary>Where callers' threads and the ingress stage meet; belongs to the pipeline and outlives a stage.</summary>
internal sealed class IngressPort
{
    private int _epoch;
    private int _waitingOutside;
    private bool _isCrowded;
    private volatile bool _isDraining;
    private volatile bool _refusesOutside;
    private Counter _uncounted;

    public IngressPort(Door door, ExchangeCounters counters, TimeProvider time)
    {
        Door = door;
        Counters = counters;
        Time = time;
    }

    public Door Door { get; }

    public ExchangeCounters Counters { get; }

    public TimeProvider Time { get; }

    /// <summary>Exchanges that want in.</summary>
    public Inbox<Exchange> Submitted { get; } = new();

    /// <summary>Exchanges for which nobody waits any more.</summary>
    public Inbox<Exchange> Abandoned { get; } = new();

    public bool IsDraining => _isDraining;

    /// <summary>Whether those who wait at the door are refused too: nobody else will answer them.</summary>
    public bool RefusesOutside => _refusesOutside;

    /// <summary>Whether nobody can come any more: the pipeline ends, and all who passed the door before are among those that the stage knows of.</summary>
    /// <param name="known">How many that have a place inside the stage knows of.</param>
    public bool IsComplete(int known) => Door.Closed == RefusalReason.PipelineStopping && _uncounted.Value == 0 && Door.Inside <= known;

    /// <summary>Told once a stage has ended, with the failure if there was one.</summary>
    public Action<Exception?>? Ended { get; set; }

    /// <summary>Whether a stage that ends now is not followed by another, as when the actor system ends without a drain.</summary>
    public Func<bool>? IsLast { get; set; }

    /// <summary>Told when a stage ends and none will follow: those inside that it does not know of are to be answered too.</summary>
    public Action? Stopping { get; set; }

    /// <summary>Told when somebody begins to wait at the door for a place inside, and when nobody does any more.</summary>
    public Action<bool>? Crowded { get; set; }

    /// <summary>Told when somebody has given a place back without having been inside.</summary>
    public Action? TurnedBack { get; init; }

    /// <summary>Callers who wait at the door.</summary>
    public int Outside => Volatile.Read(ref _waitingOutside);

    /// <summary>Which materialisation is the current one.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>Takes a place inside; false if all are taken or the pipeline is ending.</summary>
    /// <remarks>The door is looked at once more with the place taken, as the stage that ends looks at the places once the door is shut: one sees the other.</remarks>
    public bool TryEnter()
    {
        if (!Door.TryEnter())
        {
            return false;
        }

        if (Door.Closed != RefusalReason.PipelineStopping)
        {
            return true;
        }

        Withdraw(countsInside: true);
        return false;
    }

    /// <summary>Comes to the door to wait there for a place; false if the pipeline is ending.</summary>
    public bool TryApproach()
    {
        _uncounted.Increment();
        if (Door.Closed != RefusalReason.PipelineStopping)
        {
            return true;
        }

        Withdraw(countsInside: false);
        return false;
    }

    /// <summary>Ends what one of the two above began, for who does not go on.</summary>
    /// <param name="countsInside">Whether a place was taken.</param>
    public void Withdraw(bool countsInside)
    {
        if (countsInside)
        {
            Door.Leave();
            TurnedBack?.Invoke();
        }
        else
        {
            Arrived();
        }

        Submitted.Wake();
    }

    /// <summary>One that came without a place has been taken up.</summary>
    public void Arrived() => _uncounted.Decrement();

    /// <summary>Hands an exchange in, after one of the two above. If the stream has ended meanwhile, it is refused here: an item that nobody takes would wait for ever.</summary>
    public void Submit(Exchange exchange)
    {
        Submitted.Post(exchange);
        if (Door.Closed is not null && Volatile.Read(ref _epoch) < 0)
        {
            RefusePosted();
        }
    }

    /// <summary>Starts the orderly end: nobody new, what is inside goes on. May be said again to refuse those at the door after all.</summary>
    public void Drain(bool refusesOutside = true)
    {
        _refusesOutside |= refusesOutside;

        // Said before the door is shut: a stage that opens it in between looks again.
        _isDraining = true;
        Door.Close(RefusalReason.PipelineStopping);
        Submitted.Wake();
    }

    /// <summary>A stage begins; returns its epoch.</summary>
    public int Begin(Action wake)
    {
        var epoch = Math.Abs(_epoch) + 1;
        Interlocked.Exchange(ref _epoch, epoch);
        Submitted.Attach(wake);
        Abandoned.Attach(wake);
        if (!_isDraining)
        {
            Door.OpenUp();
            if (_isDraining)
            {
                Door.Close(RefusalReason.PipelineStopping);
            }
        }

        return epoch;
    }

    /// <summary>The stage has ended, or none will come: the door shuts first, then whatever is still posted is refused, here or by its poster.</summary>
    public void End(Exception? failure)
    {
        CloseDoor();
        Submitted.Detach();
        Abandoned.Detach();
        Interlocked.Exchange(ref _epoch, -Math.Max(1, Math.Abs(_epoch)));
        WaitingOutside(0, forPlace: 0);
        try
        {
            RefusePosted();
        }
        finally
        {
            // Whatever goes wrong here: without this nobody would ever start the pipeline again.
            Ended?.Invoke(failure);
        }
    }

    /// <summary>Shuts the door as the stage ends.</summary>
    public void CloseDoor() => Door.Close(IsLast?.Invoke() == true ? RefusalReason.PipelineStopping : RefusalReason.PipelineRestarting);

    /// <summary>Refuses an exchange as the door now does, and returns it unless somebody else holds it.</summary>
    public void Refuse(Exchange exchange)
    {
        exchange.Abandon(Door.Closed ?? RefusalReason.PipelineRestarting);
        if (exchange.Phase == ExchangePhase.OnIsland)
        {
            exchange.Return();
        }
    }

    /// <summary>Takes in who waits. The stage's own thread.</summary>
    /// <param name="count">How many wait at the door.</param>
    /// <param name="forPlace">How many of them for a place inside.</param>
    public void WaitingOutside(int count, int forPlace)
    {
        Volatile.Write(ref _waitingOutside, count);
        if (forPlace > 0 != _isCrowded)
        {
            _isCrowded = forPlace > 0;
            Crowded?.Invoke(_isCrowded);
        }
    }

    private void RefusePosted()
    {
        while (Submitted.TryTake(out var exchange))
        {
            if (!exchange.CountsInside)
            {
                // The next stage may have counted it already.
                Arrived();
                Submitted.Wake();
            }

            Refuse(exchange);
        }
    }
}
