using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Caching;

/// <summary>Answers from the cache, joins those who ask for the same key to one load, and keeps what loads bring.</summary>
/// <remarks>
/// Top of the path: a hit or a joined load must not use up a permit. Keys' hits were looked for on the caller's thread already; here
/// only what became known since is found. A load is an exchange of its own: whoever asked first waits for it like everybody else.
/// </remarks>
internal sealed class CachingLayer : Layer
{
    private readonly LocalCache<string> _cache;
    private readonly LoadTable _loads;
    private readonly Inbox<Exchange> _unshared;
    private readonly TimeProvider _time;

    public CachingLayer(LocalCache<string> cache, LoadTable loads, Inbox<Exchange> unshared, TimeProvider time)
        : base("caching")
    {
        _cache = cache;
        _loads = loads;
        _unshared = unshared;
        _time = time;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : LayerLogic
    {
        private readonly CachingLayer _layer;
        private readonly LoadTable _loads;

        // Loads that nobody waits for any more but that still hold something.
        private readonly HashSet<Exchange> _detached = [];
        private readonly UnshareableKeys _unshareable;
        private Action<Exchange>? _onWaiterAbandoned;

        public Logic(CachingLayer layer)
            : base(layer)
        {
            _layer = layer;
            _loads = layer._loads;
            _unshareable = new UnshareableKeys(layer._time);
        }

        // A load's waiters may still be sent down each for itself.
        protected override bool IsIdle => _loads.Count == 0;

        public override void PreStart()
        {
            base.PreStart();
            _onWaiterAbandoned = GetAsyncCallback<Exchange>(OnWaiterAbandoned);
            _layer._unshared.Attach(GetAsyncCallback(OnUnshared));
            OnUnshared();
        }

        public override void PostStop()
        {
            _layer._unshared.Detach();
            foreach (var load in _loads.TakeAll().Concat(_detached))
            {
                load.Abandon(RefusalReason.PipelineRestarting);
                if (load.Phase == ExchangePhase.OnIsland)
                {
                    load.Return();
                }
            }
        }

        protected override void OnRequest(Exchange exchange)
        {
            if (exchange.IsAnswered)
            {
                Reply(exchange);
                return;
            }

            if (exchange.Key is not { } key)
            {
                Send(exchange);
                return;
            }

            if (_loads.Find(key) is { } load)
            {
                Join(exchange, load);
                return;
            }

            if (_layer._cache.Find(key, _layer._time.GetTimestamp()) is { } entry)
            {
                exchange.TakeEntry(entry);
                Reply(exchange);
            }
            else if (_unshareable.Contains(key))
            {
                Send(exchange);
            }
            else
            {
                Load(exchange, key);
            }
        }

        protected override void OnOutcome(Exchange exchange)
        {
            if (exchange.Entry is { } entry)
            {
                _layer._cache.Set(exchange.Key!, entry);
                _unshareable.Remove(exchange.Key!);
            }

            if (exchange.Leader is null)
            {
                Reply(exchange);
                return;
            }

            if (exchange.IsAnsweredEarly)
            {
                Unshare(exchange);
            }
            else if (_loads.Remove(exchange))
            {
                _loads.Joiners -= Math.Max(0, exchange.Waiters!.Count - 1);
                while (exchange.Waiters.TryTake(out var waiter))
                {
                    waiter.TakeResult(exchange);
                    Reply(waiter);
                }
            }

            _detached.Remove(exchange);
            exchange.Return();
        }

        // Abandoned before it could go down: it goes up like everything else and is returned at the top.
        protected override void OnLetGo(Exchange exchange) => _detached.Remove(exchange);

        private void Load(Exchange exchange, string key)
        {
            var load = exchange.CreateLoad();
            _loads.Add(key, load);
            Wait(exchange, load);
            Send(load);
        }

        private void Join(Exchange exchange, Exchange load)
        {
            if (_loads.Joiners >= _loads.MaxJoiners && !exchange.AlwaysWaits)
            {
                exchange.SetRefusal(RefusalReason.QueueFull);
                Reply(exchange);
                return;
            }

            _loads.Joiners++;
            _loads.CountJoined();
            Wait(exchange, load);
        }

        private void Wait(Exchange exchange, Exchange load)
        {
            exchange.Load = load;
            exchange.Station = _onWaiterAbandoned;
            load.Waiters!.Add(exchange);
        }

        private void OnWaiterAbandoned(Exchange waiter)
        {
            if (waiter.Load is not { } load || !load.Waiters!.Remove(waiter))
            {
                return;
            }

            if (load.Waiters.Count > 0)
            {
                _loads.Joiners--;
            }
            else if (_loads.Remove(load))
            {
                // Nobody is left: the load stops, and what it holds comes back by itself.
                _detached.Add(load);
                load.Abandon(RefusalReason.Cancelled);
            }

            Reply(waiter);
            Advance();
        }

        private void OnUnshared()
        {
            do
            {
                while (_layer._unshared.TryTake(out var load))
                {
                    Unshare(load);
                }
            }
            while (!_layer._unshared.TrySleep());
            Advance();
        }

        // The load answered its first caller with something that cannot be shared: the others go down each for itself.
        private void Unshare(Exchange load)
        {
            if (!_loads.Remove(load))
            {
                return;
            }

            _detached.Add(load);
            _unshareable.Add(load.Key!);
            _loads.Joiners -= Math.Max(0, load.Waiters!.Count - 1);
            while (load.Waiters.TryTake(out var waiter))
            {
                waiter.Station = null;
                waiter.Load = null;
                if (waiter.IsAnswered)
                {
                    Reply(waiter);
                }
                else
                {
                    Send(waiter);
                }
            }
        }
    }
}
