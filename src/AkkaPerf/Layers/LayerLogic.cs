using Akka.Streams.Stage;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Layers;

/// <summary>What all layers have in common: outcomes are always pulled, answers go up in order, each direction finishes alone.</summary>
/// <remarks>
/// A layer that answers by itself keeps its answers first in, first out, and pulls from above only when there are none left and it
/// can do something with what comes (<see cref="WantsMore"/>). So up never waits for down, and the stack cannot deadlock.
/// </remarks>
internal abstract class LayerLogic : GraphStageLogic
{
    private readonly Layer _layer;
    private readonly Queue<Exchange> _answers = new();
    private readonly ExchangeList _outgoing = new();
    private Action<Exchange>? _onOutgoingAbandoned;

    protected LayerLogic(Layer layer)
        : base(layer.Shape)
    {
        _layer = layer;
        SetHandler(layer.RequestIn, new RequestInHandler(this));
        SetHandler(layer.RequestOut, new RequestOutHandler(this));
        SetHandler(layer.OutcomeIn, new OutcomeInHandler(this));
        SetHandler(layer.OutcomeOut, new OutcomeOutHandler(this));
    }

    /// <summary>Whether an exchange from above can be dealt with now.</summary>
    protected virtual bool WantsMore => CanSend;

    /// <summary>Whether nothing is parked here that must still go down.</summary>
    protected virtual bool IsIdle => true;

    /// <summary>Whether the layer below asks for an exchange and none is waiting to be handed down.</summary>
    protected bool CanSend => _outgoing.Count == 0 && IsAvailable(_layer.RequestOut);

    /// <summary>Whether no more exchanges come from above.</summary>
    protected bool IsFinishing => IsClosed(_layer.RequestIn);

    public override void PreStart()
    {
        _onOutgoingAbandoned = GetAsyncCallback<Exchange>(OnOutgoingAbandoned);
        Pull(_layer.OutcomeIn);
    }

    /// <summary>Takes an exchange on its way down.</summary>
    protected abstract void OnRequest(Exchange exchange);

    /// <summary>Takes an exchange on its way up.</summary>
    protected abstract void OnOutcome(Exchange exchange);

    /// <summary>The layer below asks for an exchange.</summary>
    protected virtual void OnDemand()
    {
    }

    /// <summary>An exchange that was to be handed down was abandoned before it could be: takes back what was done for it.</summary>
    protected virtual void OnLetGo(Exchange exchange)
    {
    }

    /// <summary>Hands an exchange down, at once or as soon as the layer below asks.</summary>
    protected void Send(Exchange exchange)
    {
        if (CanSend)
        {
            exchange.Station = null;
            Push(_layer.RequestOut, exchange);
        }
        else
        {
            exchange.Station = _onOutgoingAbandoned;
            _outgoing.Add(exchange);
        }
    }

    /// <summary>Hands an exchange up, at once or as soon as the layer above asks.</summary>
    protected void Reply(Exchange exchange)
    {
        exchange.Station = null;
        if (_answers.Count == 0 && IsAvailable(_layer.OutcomeOut))
        {
            Push(_layer.OutcomeOut, exchange);
        }
        else
        {
            _answers.Enqueue(exchange);
        }
    }

    /// <summary>Asks the layer above for the next exchange if there is a use for it; to be called after every change.</summary>
    protected void Advance()
    {
        if (_answers.Count == 0 && WantsMore && !IsClosed(_layer.RequestIn) && !HasBeenPulled(_layer.RequestIn))
        {
            Pull(_layer.RequestIn);
        }

        FinishDown();
    }

    private void OnOutgoingAbandoned(Exchange exchange)
    {
        if (_outgoing.Remove(exchange))
        {
            OnLetGo(exchange);
            Reply(exchange);
            Advance();
        }
    }

    private void FinishDown()
    {
        if (IsFinishing && IsIdle && _outgoing.Count == 0 && !IsClosed(_layer.RequestOut))
        {
            Complete(_layer.RequestOut);
        }
    }

    private void FinishUp()
    {
        if (IsClosed(_layer.OutcomeIn) && _answers.Count == 0)
        {
            CompleteStage();
        }
    }

    private sealed class RequestInHandler(LayerLogic logic) : InHandler
    {
        public override void OnPush()
        {
            logic.OnRequest(logic.Grab(logic._layer.RequestIn));
            logic.Advance();
        }

        // The way up goes on until the layers below have returned everything.
        public override void OnUpstreamFinish() => logic.FinishDown();

        public override void OnUpstreamFailure(Exception e) => logic.FailStage(e);
    }

    private sealed class RequestOutHandler(LayerLogic logic) : OutHandler
    {
        public override void OnPull()
        {
            if (logic._outgoing.TryTake(out var exchange))
            {
                exchange.Station = null;
                logic.Push(logic._layer.RequestOut, exchange);
            }
            else
            {
                logic.OnDemand();
            }

            logic.Advance();
        }

        // Below nobody cancels but by failing.
        public override void OnDownstreamFinish(Exception cause) => logic.CancelStage(cause);
    }

    private sealed class OutcomeInHandler(LayerLogic logic) : InHandler
    {
        public override void OnPush()
        {
            var exchange = logic.Grab(logic._layer.OutcomeIn);
            logic.Pull(logic._layer.OutcomeIn);
            logic.OnOutcome(exchange);
            logic.Advance();
        }

        public override void OnUpstreamFinish() => logic.FinishUp();

        public override void OnUpstreamFailure(Exception e) => logic.FailStage(e);
    }

    private sealed class OutcomeOutHandler(LayerLogic logic) : OutHandler
    {
        public override void OnPull()
        {
            if (logic._answers.TryDequeue(out var exchange))
            {
                logic.Push(logic._layer.OutcomeOut, exchange);
                logic.FinishUp();
            }

            logic.Advance();
        }

        public override void OnDownstreamFinish(Exception cause) => logic.CancelStage(cause);
    }
}
