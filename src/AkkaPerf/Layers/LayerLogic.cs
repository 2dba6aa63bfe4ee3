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

    // What the ports would tell as well, but at several times the cost, and every event asks: whether below asks for an exchange, whether
    // above asks for an outcome, whether above was asked for an exchange, and whether no more will come.
    private bool _hasDemand;
    private bool _hasOutcomeDemand;
    private bool _hasAsked;
    private bool _isFinishing;
    private bool _hasFinishedDown;

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
    protected bool CanSend => _hasDemand && _outgoing.Count == 0;

    /// <summary>Whether no more exchanges come from above.</summary>
    protected bool IsFinishing => _isFinishing;

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
            PushDown(exchange);
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
        if (_hasOutcomeDemand && _answers.Count == 0)
        {
            PushUp(exchange);
        }
        else
        {
            _answers.Enqueue(exchange);
        }
    }

    /// <summary>Asks the layer above for the next exchange if there is a use for it; to be called after every change.</summary>
    protected void Advance()
    {
        if (_isFinishing)
        {
            FinishDown();
        }
        else if (!_hasAsked && _answers.Count == 0 && WantsMore)
        {
            _hasAsked = true;
            Pull(_layer.RequestIn);
        }
    }

    private void PushDown(Exchange exchange)
    {
        exchange.Station = null;
        _hasDemand = false;
        Push(_layer.RequestOut, exchange);
    }

    private void PushUp(Exchange exchange)
    {
        _hasOutcomeDemand = false;
        Push(_layer.OutcomeOut, exchange);
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
        if (!_hasFinishedDown && _outgoing.Count == 0 && IsIdle)
        {
            _hasFinishedDown = true;
            _hasDemand = false;
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
            logic._hasAsked = false;
            logic.OnRequest(logic.Grab(logic._layer.RequestIn));
            logic.Advance();
        }

        // The way up goes on until the layers below have returned everything.
        public override void OnUpstreamFinish()
        {
            logic._isFinishing = true;
            logic.FinishDown();
        }

        public override void OnUpstreamFailure(Exception e) => logic.FailStage(e);
    }

    private sealed class RequestOutHandler(LayerLogic logic) : OutHandler
    {
        public override void OnPull()
        {
            logic._hasDemand = true;
            if (logic._outgoing.TryTake(out var exchange))
            {
                logic.PushDown(exchange);
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
            logic._hasOutcomeDemand = true;
            if (logic._answers.TryDequeue(out var exchange))
            {
                logic.PushUp(exchange);
                logic.FinishUp();
            }

            logic.Advance();
        }

        public override void OnDownstreamFinish(Exception cause) => logic.CancelStage(cause);
    }
}
