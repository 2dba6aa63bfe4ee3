using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>The bottom of the path: has the pool assign a connection, grants the exchange, takes its outcome, gives the lease back.</summary>
/// <remarks>
/// It decides, others run: the handler starts on the caller's thread or the thread pool and reports its end to an inbox. It never
/// back-pressures by itself: permits bound what comes. Without a pool an exchange is granted at once.
/// </remarks>
internal sealed class ConnectionsStage : GraphStage<FlowShape<Exchange, Exchange>>
{
    private readonly ConnectionsPort _port;
    private readonly IConnectionPools? _pools;
    private readonly Inlet<Exchange> _in = new("connections.request.in");
    private readonly Outlet<Exchange> _out = new("connections.outcome.out");

    public ConnectionsStage(ConnectionsPort port, IConnectionPools? pools)
    {
        _port = port;
        _pools = pools;
        Shape = new FlowShape<Exchange, Exchange>(_in, _out);
    }

    public override FlowShape<Exchange, Exchange> Shape { get; }

    protected override Attributes InitialAttributes => Attributes.CreateName("connections");

    public override string ToString() => "connections";

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly ConnectionsStage _stage;
        private readonly ConnectionsPort _port;
        private readonly ExchangeList _acquiring = new();
        private readonly ExchangeList _running = new();
        private readonly Queue<Exchange> _answers = new();
        private Action<Exchange>? _onAbandoned;

        public Logic(ConnectionsStage stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _port = stage._port;
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        private bool IsIdle => _acquiring.Count == 0 && _running.Count == 0 && _answers.Count == 0;

        public override void PreStart()
        {
            _onAbandoned = GetAsyncCallback<Exchange>(OnAbandoned);
            var wake = GetAsyncCallback(OnWake);
            _port.Leased.Attach(wake);
            _port.Ended.Attach(wake);
            Pull(_stage._in);
            OnWake();
        }

        // What is with the pool or with a handler is not lost: it comes back to the port, and whoever is there then returns it.
        public override void PostStop()
        {
            _port.Leased.Detach();
            _port.Ended.Detach();
            while (_running.TryTake(out var exchange))
            {
                exchange.CancelHandler();
            }

            while (_acquiring.TryTake(out var exchange))
            {
                exchange.Abandon(_port.WhyItEnds());
                _stage._pools?.Find(exchange.Backend!)?.Abandoned(exchange);
            }

            _port.Acquiring = 0;
        }

        public override void OnPush()
        {
            var exchange = Grab(_stage._in);
            Pull(_stage._in);
            if (exchange.Fast.CameBack)
            {
                // It has run without the island.
                exchange.Fast.CameBack = false;
                Reply(exchange);
            }
            else if (exchange.IsAnswered)
            {
                Reply(exchange);
            }
            else if (_stage._pools is null)
            {
                Grant(exchange);
            }
            else if (_stage._pools.Find(exchange.Backend!) is { } pool)
            {
                if (pool.TryAcquire(exchange) is { } lease)
                {
                    exchange.Lease = lease;
                    Grant(exchange);
                    return;
                }

                exchange.Note("akkaperf.connections.waiting");
                exchange.Phase = ExchangePhase.Acquiring;
                exchange.Station = _onAbandoned;
                _acquiring.Add(exchange);
                _port.Acquiring = _acquiring.Count;
                pool.Acquire(exchange);
            }
            else
            {
                // The backend has been removed since it was picked: as good as unreachable.
                exchange.SetRefusal(RefusalReason.NoConnection);
                exchange.ConnectFailed = true;
                Reply(exchange);
            }
        }

        public override void OnUpstreamFinish() => Finish();

        public override void OnUpstreamFailure(Exception e) => FailStage(e);

        public override void OnPull()
        {
            if (_answers.TryDequeue(out var exchange))
            {
                Push(_stage._out, exchange);
                Finish();
            }
        }

        public override void OnDownstreamFinish(Exception cause) => CancelStage(cause);

        private void OnWake()
        {
            do
            {
                while (_port.Leased.TryTake(out var leased))
                {
                    OnLeased(leased);
                }

                while (_port.Ended.TryTake(out var ended))
                {
                    OnEnded(ended);
                }
            }
            while (!_port.Leased.TrySleep() || !_port.Ended.TrySleep());
        }

        private void OnLeased(Exchange exchange)
        {
            if (!_acquiring.Remove(exchange))
            {
                ConnectionsPort.Settle(exchange, exchange.Counters);
                return;
            }

            _port.Acquiring = _acquiring.Count;
            exchange.Phase = ExchangePhase.OnIsland;
            exchange.Station = null;
            if (exchange.Lease is not null && !exchange.IsAnswered)
            {
                Grant(exchange, hasWaited: true);
                return;
            }

            exchange.ReleaseLease(isBroken: false);
            exchange.SetRefusal(RefusalReason.NoConnection, exchange.LeaseRetryAfter, exchange.LeaseFailure);
            Reply(exchange);
        }

        private void OnEnded(Exchange exchange)
        {
            if (!_running.Remove(exchange))
            {
                ConnectionsPort.Settle(exchange, exchange.Counters);
                return;
            }

            exchange.Phase = ExchangePhase.OnIsland;
            if (exchange.IsZombie)
            {
                exchange.IsZombie = false;
                exchange.Counters.ZombieEnded();
            }

            exchange.MarkEnded(justNow: false);

            // A handler that failed or was told to stop may have left its connection in the middle of something.
            exchange.ReleaseLease(isBroken: exchange.HasHandlerFailed);
            Reply(exchange);
        }

        private void OnAbandoned(Exchange exchange)
        {
            if (exchange.List == _acquiring)
            {
                _stage._pools!.Find(exchange.Backend!)?.Abandoned(exchange);
            }
        }

        private void Grant(Exchange exchange, bool hasWaited = false)
        {
            _running.Add(exchange);
            exchange.Note("akkaperf.connections.granted");
            exchange.Grant(hasWaited);
        }

        private void Reply(Exchange exchange)
        {
            if (_answers.Count == 0 && IsAvailable(_stage._out))
            {
                Push(_stage._out, exchange);
                Finish();
            }
            else
            {
                _answers.Enqueue(exchange);
            }
        }

        private void Finish()
        {
            if (IsClosed(_stage._in) && IsIdle)
            {
                CompleteStage();
            }
        }
    }
}
