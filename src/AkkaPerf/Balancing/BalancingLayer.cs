using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Balancing;

/// <summary>Chooses a backend on the way down and tells it on the way up how it went. Below Throttling: only what may start is balanced.</summary>
/// <remarks>
/// It pulls only while some backend has room, so that whoever must wait waits above, where waiting is counted and bounded. An exchange whose
/// connect failed, so that nothing was sent, goes once to another backend; it keeps its permit.
/// </remarks>
internal sealed class BalancingLayer : Layer
{
    // First probes are spread over a second.
    private static readonly TimeSpan FirstVerdict = TimeSpan.FromSeconds(1);

    private readonly BackendDirectory _directory;
    private readonly BackendSelector _selector;
    private readonly TimeProvider _time;

    // Between two probes: told to those who found no backend. Zero without probes.
    private readonly TimeSpan _nextVerdict;

    public BalancingLayer(BackendDirectory directory, BackendSelector selector, TimeProvider time, TimeSpan nextVerdict = default)
        : base("balancing")
    {
        _directory = directory;
        _selector = selector;
        _time = time;
        _nextVerdict = nextVerdict;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : LayerLogic
    {
        private readonly BalancingLayer _layer;

        // Came down when there was room, and found it taken: one, or a few more that were balanced once already.
        private readonly ExchangeList _full = new();

        // The same, but sent before: they wait for one of those that they have not been sent to, and must not keep the others from coming.
        private readonly ExchangeList _fullAgain = new();
        private Action<Exchange>? _onAbandoned;
        private Action<BackendSet>? _onChanged;
        private Action? _onRoom;

        // Those below may still come back for another backend.
        private int _below;

        public Logic(BalancingLayer layer)
            : base(layer) => _layer = layer;

        protected override bool IsIdle => _below == 0 && _full.Count == 0 && _fullAgain.Count == 0;

        protected override bool WantsMore => CanSend && _full.Count == 0 && _layer._selector.HasRoom();

        public override void PreStart()
        {
            base.PreStart();
            _onAbandoned = GetAsyncCallback<Exchange>(OnAbandoned);
            var onRoom = GetAsyncCallback(SendFull);
            _onChanged = _ => onRoom();
            _layer._directory.Changed += _onChanged;
            _onRoom = onRoom;
            _layer._directory.RoomFreed += _onRoom;
        }

        public override void PostStop()
        {
            _layer._directory.Changed -= _onChanged;
            _layer._directory.RoomFreed -= _onRoom;

            // Returned by those who hold them at the top, or as the loads they are.
            while (_full.TryTake(out _) || _fullAgain.TryTake(out _))
            {
            }
        }

        protected override void OnRequest(Exchange exchange)
        {
            if (exchange.Fast.CameBack)
            {
                // It has been sent and has ended without the island.
                exchange.Fast.CameBack = false;
                _below++;
                OnOutcome(exchange);
            }
            else if (exchange.IsAnswered)
            {
                Reply(exchange);
            }
            else if (exchange.Backend is not null)
            {
                // On its caller's thread it was given a backend, but no connection.
                _below++;
                Send(exchange);
            }
            else
            {
                Balance(exchange);
            }
        }

        protected override void OnDemand() => SendFull();

        protected override void OnOutcome(Exchange exchange)
        {
            _below--;
            if (!exchange.IsAnswered && (TryInsteadOfRemoved(exchange) || (exchange.ConnectFailed && exchange.Tried is null && TryAnother(exchange))))
            {
                return;
            }

            exchange.ReleaseBackend(BackendVerdict.Of(exchange), _layer._time.GetTimestamp());
            Reply(exchange);
            SendFull();
        }

        protected override void OnLetGo(Exchange exchange)
        {
            _below--;
            exchange.ReleaseBackend(BackendOutcome.Inconclusive);
        }

        private void Balance(Exchange exchange)
        {
            if (exchange.AffinityFault is { } fault)
            {
                exchange.SetFault(fault);
                Reply(exchange);
                return;
            }

            var now = _layer._time.GetTimestamp();
            Selection selection;
            Backend? found;
            try
            {
                selection = _layer._selector.TryAssign(exchange.Affinity ?? exchange.Key, exchange.Tried, now, out found, exchange.Span);
            }
            catch (Exception exception)
            {
                // A user's policy failed: that is this exchange's end, not the stream's.
                exchange.SetFault(exception);
                Reply(exchange);
                return;
            }

            switch (selection)
            {
                case Selection.Found:
                    exchange.Assign(found!, now);
                    if (exchange.Tries.IsTry && exchange.Tried is { } tried)
                    {
                        // Whoever is beside it knows the same list: should that one's backend be taken out, it must not come here.
                        tried.Add(found!);
                    }

                    exchange.PrefersFailure = exchange.Tried is null && _layer._directory.Current.Eligible.Length > 1;
                    _below++;
                    Send(exchange);
                    break;
                case Selection.AllFull when exchange.Tries.IsHedge:
                    exchange.SetRefusal(RefusalReason.QueueFull);
                    Reply(exchange);
                    break;
                case Selection.AllFull:
                    exchange.Station = _onAbandoned;
                    (exchange.Tried is null ? _full : _fullAgain).Add(exchange);
                    break;
                default:
                    exchange.SetRefusal(RefusalReason.NoHealthyBackend, NextVerdict());
                    Reply(exchange);
                    break;
            }
        }

        // Nothing below refuses but for lack of a connection, and one that was taken out since it was picked has not been tried. It is not picked
        // again, so this comes to an end.
        private bool TryInsteadOfRemoved(Exchange exchange)
        {
            if (exchange.ResultKind != OutcomeKind.Refusal || exchange.Backend is not { } backend || _layer._directory.Contains(backend))
            {
                return false;
            }

            exchange.ReleaseBackend(BackendOutcome.Inconclusive);
            exchange.ClearResult();
            Balance(exchange);
            return true;
        }

        private bool TryAnother(Exchange exchange)
        {
            var tried = new TriedBackends();
            tried.Add((exchange.Backend ?? exchange.LastBackend)!);
            if (!_layer._selector.HasAnother(tried))
            {
                return false;
            }

            exchange.Tried = tried;
            exchange.ReleaseBackend(BackendOutcome.Unreachable, _layer._time.GetTimestamp());
            exchange.ClearResult();
            Balance(exchange);
            return true;
        }

        private void SendFull()
        {
            SendFull(_fullAgain);
            SendFull(_full);
            Advance();
        }

        // Each once: one may wait for a backend that it has not been sent to, while others have room.
        private void SendFull(ExchangeList list)
        {
            for (var left = list.Count; left > 0 && CanSend && list.First is { } exchange && (exchange.IsAnswered || _layer._selector.HasRoom()); left--)
            {
                list.Remove(exchange);
                OnRequest(exchange);
            }
        }

        private void OnAbandoned(Exchange exchange)
        {
            if (_full.Remove(exchange) || _fullAgain.Remove(exchange))
            {
                Reply(exchange);
                Advance();
            }
        }

        // Only a probe's verdict brings a backend back by itself; one that is drained or without a share waits for somebody's hand.
        private TimeSpan NextVerdict()
        {
            var next = TimeSpan.Zero;
            foreach (var status in _layer._directory.Current.All)
            {
                if (status.Health is BackendHealth.Draining or BackendHealth.Disabled || status.Weight == 0)
                {
                    continue;
                }

                if (status.Health == BackendHealth.Unknown && _layer._nextVerdict > FirstVerdict)
                {
                    return FirstVerdict;
                }

                next = _layer._nextVerdict;
            }

            return next;
        }
    }
}
