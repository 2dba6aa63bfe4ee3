using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Ingress;

/// <summary>The top of the path: takes exchanges from any thread into the stream, watches their deadlines, answers and returns them.</summary>
/// <remarks>
/// Whatever waits here for demand or for room is parked in order and leaves when it is abandoned. When the stage ends, for whatever
/// reason, everything that it knows of or that is still being posted gets a typed answer.
/// </remarks>
internal sealed class IngressStage : GraphStage<FlowShape<Exchange, Exchange>>
{
    private readonly IngressPort _port;
    private readonly Inlet<Exchange> _in = new("ingress.outcome.in");
    private readonly Outlet<Exchange> _out = new("ingress.request.out");

    public IngressStage(IngressPort port)
    {
        _port = port;
        Shape = new FlowShape<Exchange, Exchange>(_in, _out);
    }

    public override FlowShape<Exchange, Exchange> Shape { get; }

    protected override Attributes InitialAttributes => Attributes.CreateName("ingress");

    public override string ToString() => "ingress";

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        // A wake-up takes at most this many: other stages of the island get their turn, and further batches leave the caller's thread.
        private const int BatchSize = 256;

        private readonly IngressStage _stage;
        private readonly IngressPort _port;
        private readonly DeadlineHeap _deadlines = new();

        // Admitted, waiting for demand from below.
        private readonly ExchangeList _admitted = new();

        // Waiting at the door for room, first in, first out.
        private readonly ExchangeList _outside = new();
        private Action<Exchange>? _onParkedAbandoned;
        private Action? _wake;
        private IslandTimer? _timer;
        private Exception? _failure;
        private int _epoch;
        private bool _isDraining;

        public Logic(IngressStage stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _port = stage._port;
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            _onParkedAbandoned = GetAsyncCallback<Exchange>(OnParkedAbandoned);
            _wake = GetAsyncCallback(OnWake);
            _timer = new IslandTimer(_port.Time, GetAsyncCallback(OnTimer));
            _epoch = _port.Begin(_wake);
            Pull(_stage._in);
            OnWake();
        }

        public override void PostStop()
        {
            _timer?.Dispose();
            _port.CloseDoor();
            try
            {
                while (_deadlines.First is { } exchange)
                {
                    _deadlines.Remove(exchange);
                    _port.Refuse(exchange);
                }

                if (_port.Door.Closed == RefusalReason.PipelineStopping)
                {
                    _port.Stopping?.Invoke();
                }
            }
            finally
            {
                _port.End(_failure);
            }
        }

        // An outcome: its caller gets it, its place is free.
        public override void OnPush()
        {
            var exchange = Grab(_stage._in);
            Pull(_stage._in);
            exchange.AnswerWithResult();
            Release(exchange);
            AdmitWaiting();
        }

        // The layers below have returned everything.
        public override void OnUpstreamFinish() => CompleteStage();

        public override void OnUpstreamFailure(Exception e)
        {
            _failure = e;
            FailStage(e);
        }

        public override void OnPull()
        {
            if (_admitted.TryTake(out var exchange))
            {
                exchange.Station = null;
                ShowWaiting();
                Push(_stage._out, exchange);
            }

            FinishDraining();
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            _failure ??= cause;
            CancelStage(cause);
        }

        private void OnWake()
        {
            _isDraining |= _port.IsDraining;
            var taken = 0;
            do
            {
                while (taken < BatchSize && _port.Abandoned.TryTake(out var abandoned))
                {
                    taken++;
                    OnAbandoned(abandoned);
                }

                while (taken < BatchSize && _port.Submitted.TryTake(out var submitted))
                {
                    taken++;
                    OnSubmitted(submitted);
                }

                if (taken >= BatchSize)
                {
                    _wake!();
                    return;
                }
            }
            while (!_port.Abandoned.TrySleep() || !_port.Submitted.TrySleep());

            // Looked at once more, asleep: a drain that began meanwhile found nobody to wake.
            _isDraining |= _port.IsDraining;
            AdmitWaiting();
            if (_isDraining)
            {
                if (_port.RefusesOutside)
                {
                    RefuseOutside();
                }

                FinishDraining();
            }
        }

        private void OnTimer()
        {
            _timer!.Fired();
            var now = _port.Time.GetTimestamp();
            while (_deadlines.First is { } exchange && exchange.Deadline <= now)
            {
                // Answered but not returned: it stays here until it comes back, so that the stage's end still finds it.
                _deadlines.Remove(exchange);
                exchange.Deadline = long.MaxValue;
                _deadlines.Add(exchange);
                exchange.Abandon(RefusalReason.DeadlinePassed);
            }

            ArmTimer();
        }

        private void ArmTimer()
        {
            if (_deadlines.First is { Deadline: < long.MaxValue } next)
            {
                _timer!.Arm(next.Deadline);
            }
        }

        private void OnSubmitted(Exchange exchange)
        {
            if (!exchange.CountsInside)
            {
                _port.Arrived();
            }

            if (exchange.IsAnswered && !exchange.Fast.IsLoad)
            {
                Release(exchange);
                return;
            }

            exchange.Epoch = _epoch;
            _deadlines.Add(exchange);
            if (exchange.DeadlinePlace == 0)
            {
                _timer!.Arm(exchange.Deadline);
            }

            if (exchange.CountsInside)
            {
                Admit(exchange);
            }
            else if (_isDraining && _port.RefusesOutside)
            {
                exchange.AnswerRefused(RefusalReason.PipelineStopping);
                Release(exchange);
            }
            else if (_outside.Count == 0 && _port.Door.TryEnter())
            {
                exchange.CountsInside = true;
                Admit(exchange);
            }
            else
            {
                exchange.Station = _onParkedAbandoned;
                _outside.Add(exchange);
                ShowWaiting();
            }
        }

        private void Admit(Exchange exchange)
        {
            if (IsClosed(_stage._out))
            {
                // The layers below have ended by themselves, or the drain's time is over.
                exchange.AnswerRefused(RefusalReason.PipelineStopping);
                Release(exchange);
            }
            else if (_admitted.Count == 0 && IsAvailable(_stage._out))
            {
                Push(_stage._out, exchange);
            }
            else
            {
                exchange.Station = _onParkedAbandoned;
                _admitted.Add(exchange);
                ShowWaiting();
            }
        }

        private void AdmitWaiting()
        {
            if (_outside.Count == 0)
            {
                return;
            }

            while (_outside.First is not null && _port.Door.TryEnter())
            {
                AdmitNext();
            }
        }

        private void AdmitNext()
        {
            if (_outside.TryTake(out var exchange))
            {
                exchange.Station = null;
                exchange.CountsInside = true;
                ShowWaiting();
                Admit(exchange);
            }
        }

        private void OnAbandoned(Exchange exchange)
        {
            if (exchange.Phase == ExchangePhase.Running)
            {
                if (!exchange.IsZombie)
                {
                    exchange.IsZombie = true;
                    _port.Counters.ZombieBorn();
                }
            }
            else
            {
                exchange.Station?.Invoke(exchange);
            }
        }

        private void OnParkedAbandoned(Exchange exchange)
        {
            // Others may wait for what it was to bring: it goes down all the same.
            if (!exchange.Fast.IsLoad && (_admitted.Remove(exchange) || _outside.Remove(exchange)))
            {
                Release(exchange);
                AdmitWaiting();
                ShowWaiting();
                FinishDraining();
            }
        }

        private void RefuseOutside()
        {
            while (_outside.TryTake(out var exchange))
            {
                exchange.AnswerRefused(RefusalReason.PipelineStopping);
                Release(exchange);
            }

            ShowWaiting();
        }

        // Whoever the layers below do not take yet waits at the door as well, though there is room for it inside.
        private void ShowWaiting() => _port.WaitingOutside(_outside.Count + _admitted.Count, forPlace: _outside.Count);

        private void Release(Exchange exchange)
        {
            _deadlines.Remove(exchange);
            if (exchange.CountsInside && _outside.Count > 0)
            {
                // Handed over, never free in between: callers who only look whether there is room could take it for ever.
                exchange.CountsInside = false;
                AdmitNext();
            }

            exchange.Return();
        }

        // Everybody who is known here has a place by then, those whose handlers still run for nobody included.
        private void FinishDraining()
        {
            if (_isDraining && _admitted.Count == 0 && _outside.Count == 0 && !IsClosed(_stage._out) && _port.IsComplete(_deadlines.Count))
            {
                Complete(_stage._out);
            }
        }
    }
}
