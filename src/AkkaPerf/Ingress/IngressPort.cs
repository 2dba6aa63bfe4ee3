using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Ingress;

/// <summary>Where callers' threads and the ingress stage meet; belongs to the pipeline and outlives a stage.</summary>
internal sealed class IngressPort
{
    private int _epoch;
    private int _waitingOutside;
    private volatile bool _isDraining;

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

    /// <summary>Told once a stage has ended, with the failure if there was one.</summary>
    public Action<Exception?>? Ended { get; set; }

    /// <summary>Whether a stage that ends now is not followed by another, as when the actor system ends without a drain.</summary>
    public Func<bool>? IsLast { get; set; }

    /// <summary>Callers who wait at the door.</summary>
    public int Outside => Volatile.Read(ref _waitingOutside);

    /// <summary>Which materialisation is the current one.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>Hands an exchange in. If the stream has ended meanwhile, it is refused here: an item that nobody takes would wait for ever.</summary>
    public void Submit(Exchange exchange)
    {
        Submitted.Post(exchange);
        if (Door.Closed is not null && Volatile.Read(ref _epoch) < 0)
        {
            RefusePosted();
        }
    }

    /// <summary>Starts the orderly end: nobody new, what is inside goes on.</summary>
    public void Drain()
    {
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
        WaitingOutside(0);
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

    public void WaitingOutside(int count) => Volatile.Write(ref _waitingOutside, count);

    private void RefusePosted()
    {
        while (Submitted.TryTake(out var exchange))
        {
            Refuse(exchange);
        }
    }
}
