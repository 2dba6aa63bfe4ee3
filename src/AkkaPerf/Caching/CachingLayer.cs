using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Caching;

/// <summary>Answers from the cache, joins those who ask for the same key to one load, and keeps what loads bring.</summary>
/// <remarks>
/// Top of the path: a hit or a joined load must not use up a permit. Keys' hits were looked for on the caller's thread already; here
/// only what became known since is found. A load is an exchange of its own: whoever asked first waits for it like everybody else. It
/// asks the second level first, outside the island. A key that is set or removed overtakes its load: who waits gets the answer, but it
/// is not stored, and nobody else joins.
/// </remarks>
internal sealed class CachingLayer : Layer
{
    private readonly CacheLevels<string> _levels;
    private readonly LoadTable _loads;
    private readonly Inbox<Exchange> _unshared;
    private readonly Inbox<LookUp> _lookedUp;
    private readonly TimeProvider _time;

    public CachingLayer(CacheLevels<string> levels, LoadTable loads, CachingPort port, TimeProvider time)
        : base("caching")
    {
        _levels = levels;
        _loads = loads;
        _unshared = port.Unshared;
        _lookedUp = port.LookedUp;
        _time = time;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : LayerLogic
    {
        private readonly CachingLayer _layer;
        private readonly LoadTable _loads;

        // Loads that are on their way though nobody joins them any more: overtaken, not to be shared, or let go.
        private readonly HashSet<Exchange> _detached = [];

        // Loads that ask the second level.
        private readonly Dictionary<Exchange, LookUp> _lookUps = [];
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
        protected override bool IsIdle => _loads.Count == 0 && _lookUps.Count == 0;

        public override void PreStart()
        {
            base.PreStart();
            _onWaiterAbandoned = GetAsyncCallback<Exchange>(OnWaiterAbandoned);
            _layer._unshared.Attach(GetAsyncCallback(OnUnshared));
            _layer._lookedUp.Attach(GetAsyncCallback(OnLookedUp));
            OnUnshared();
            OnLookedUp();
        }

        public override void PostStop()
        {
            _layer._unshared.Detach();
            _layer._lookedUp.Detach();
            foreach (var lookUp in _lookUps.Values)
            {
                lookUp.Cancel();
            }

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

            var load = _loads.Find(key);
            if (load is not null && IsJoinable(load, key) && (!exchange.SkipsCache || load.SkipsCache))
            {
                Join(exchange, load);
                return;
            }

            if (!exchange.SkipsCache && Find(exchange, key) is { } entry)
            {
                exchange.Note("akkaperf.caching.hit");
                exchange.TakeEntry(entry);
                Reply(exchange);
            }
            else if (_unshareable.Contains(key))
            {
                SendAlone(exchange);
            }
            else
            {
                if (load is not null)
                {
                    load.Overtake();
                    _detached.Add(load);
                }

                Load(exchange, key);
            }
        }

        protected override void OnOutcome(Exchange exchange)
        {
            if (exchange.Entry is { } entry)
            {
                Keep(exchange, entry);
            }

            if (exchange.Leader is null)
            {
                Reply(exchange);
                return;
            }

            var now = _layer._time.GetTimestamp();
            _layer._levels.Counters.Loaded(now - exchange.SentAt, hasFailed: exchange.ResultKind != OutcomeKind.Value && !exchange.IsAnsweredEarly);
            if (exchange.ResultKind != OutcomeKind.Value && !exchange.IsAnswered && !exchange.SkipsCache)
            {
                Fail(exchange, now);
            }

            if (exchange.IsAnsweredEarly)
            {
                Unshare(exchange);
            }
            else
            {
                Answer(exchange);
            }

            _detached.Remove(exchange);
            exchange.Return();
        }

        // Abandoned before it could go down: it goes up like everything else and is returned at the top.
        protected override void OnLetGo(Exchange exchange) => _detached.Remove(exchange);

        // Who asks after an invalidation must not get what was loaded before it.
        private bool IsJoinable(Exchange load, string key) =>
            !load.IsOvertaken && _layer._levels.Table.IsValidSince(load.CacheVersion, key, _layer._levels.TextOf, []);

        private CacheEntry? Find(Exchange exchange, string key)
        {
            var now = _layer._time.GetTimestamp();
            return _layer._levels.Find(key, now) is { } entry && now < entry.Life.FreshUntil && entry != exchange.Outdated ? entry : null;
        }

        private void Keep(Exchange exchange, CacheEntry entry)
        {
            if (!IsKept(exchange) || !_layer._levels.Table.IsValid(entry, exchange.Key!, _layer._levels.TextOf))
            {
                return;
            }

            _layer._levels.Failed.Remove(exchange.Key!);
            _layer._levels.First.Set(exchange.Key!, entry, exchange);
            if (_layer._levels.Second is not null)
            {
                exchange.StoreSecond();
            }

            _unshareable.Remove(exchange.Key!);
            if (!IsKept(exchange))
            {
                // Set or removed in this very moment: that wins.
                _layer._levels.First.Remove(exchange.Key!, entry);
                _ = _layer._levels.RemoveSecond(exchange.Key!);
            }
        }

        // Only the load that is its key's can be told that the key was set or removed; for any other it may have been its own.
        private bool IsKept(Exchange exchange) =>
            !exchange.IsOvertaken && (exchange.Overtakings == _loads.Overtakings || _loads.Find(exchange.Key!) == exchange);

        private void SendAlone(Exchange exchange)
        {
            exchange.CacheVersion = _layer._levels.Table.Version;
            exchange.Overtakings = _loads.Overtakings;
            exchange.SentAt = exchange.WaitsSince = _layer._time.GetTimestamp();
            Send(exchange);
        }

        private void Load(Exchange exchange, string key)
        {
            var load = exchange.CreateLoad();
            load.CacheVersion = _layer._levels.Table.Version;
            load.Overtakings = _loads.Overtakings;
            load.SentAt = load.WaitsSince = _layer._time.GetTimestamp();
            _loads.Add(key, load);
            Wait(exchange, load);
            if (_layer._levels.Second is null || exchange.SkipsCache)
            {
                Start(load);
                return;
            }

            var lookUp = new LookUp(load, _layer._lookedUp);
            _lookUps.Add(load, lookUp);
            lookUp.Start();
        }

        private void Start(Exchange load)
        {
            if (load.SkipsCache || !_layer._levels.Failed.IsPaused(load.Key!, out var pause))
            {
                // What the look at the second level has taught of invalidations was before this load.
                load.CacheVersion = _layer._levels.Table.Version;
                Send(load);
                return;
            }

            Answer(load, pause);
            _detached.Remove(load);
            load.Return();
        }

        private void OnLookedUp()
        {
            do
            {
                while (_layer._lookedUp.TryTake(out var lookUp))
                {
                    // Another island's, or of a load that was let go meanwhile: nobody waits for it.
                    if (_lookUps.TryGetValue(lookUp.Load, out var mine) && mine == lookUp)
                    {
                        _lookUps.Remove(lookUp.Load);
                        OnLookedUp(lookUp.Load, lookUp.Entry);
                    }
                }
            }
            while (!_layer._lookedUp.TrySleep());
            Advance();
        }

        private void OnLookedUp(Exchange load, CacheEntry? entry)
        {
            var now = _layer._time.GetTimestamp();
            load.MarkLookedUp(now);
            var isHit = entry is not null && now < entry.Life.FreshUntil;
            load.Note("akkaperf.caching.looked_up", Tags.Result, isHit ? "hit" : "miss");
            if (!isHit)
            {
                // What is stale may do if the source fails, and the source may be asked whether it has changed.
                load.Outdated = entry ?? load.Outdated;
                Start(load);
                return;
            }

            _layer._levels.Counters.DistributedHit();
            if (!load.IsOvertaken)
            {
                _layer._levels.First.Set(load.Key!, entry!, load);
            }

            load.TakeEntry(entry!);
            Answer(load);
            _detached.Remove(load);
            load.Return();
        }

        // Nothing fresh could be had: what is stale does for a while, if that is allowed; else the source is let alone for a while.
        private void Fail(Exchange load, long now)
        {
            if (load.Outdated is not { } stale || now >= stale.Life.ExpiresAt)
            {
                if (load.ResultKind == OutcomeKind.Fault && !load.IsOvertaken)
                {
                    _layer._levels.Failed.Add(load.Key!, load.ResultException!);
                }

                return;
            }

            stale.HeldUntil = _layer._levels.Lives.NextTry(now);
            if (_layer._levels.Peek(load.Key!, now) is null)
            {
                // It came from the second level.
                _layer._levels.First.Set(load.Key!, stale, load);
            }

            _layer._levels.Counters.ServedStale();
            load.TakeEntry(stale);
        }

        private void Answer(Exchange load, LoadPausedException? pause = null)
        {
            _loads.Remove(load);
            _loads.Joiners -= Math.Max(0, load.Waiters!.Count - 1);
            while (load.Waiters.TryTake(out var waiter))
            {
                if (pause is null)
                {
                    waiter.TakeResult(load);
                }
                else
                {
                    // Each of those who wait gets an exception of its own.
                    waiter.SetFault(pause.Again());
                }

                Reply(waiter);
            }
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
            _layer._levels.Counters.HasJoined();
            exchange.NoteJoined(load);
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
            else
            {
                LetGo(load, waiter.IsExpired ? RefusalReason.DeadlinePassed : RefusalReason.Cancelled);
            }

            Reply(waiter);
            Advance();
        }

        // Nobody is left: the load stops, and what it holds comes back by itself.
        private void LetGo(Exchange load, RefusalReason reason)
        {
            _loads.Remove(load);
            _detached.Add(load);
            load.Abandon(reason);
            if (_lookUps.Remove(load, out var lookUp))
            {
                lookUp.Cancel();
                _detached.Remove(load);
                load.Return();
            }
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
            if (load.Waiters!.Count == 0)
            {
                return;
            }

            _loads.Remove(load);
            _detached.Add(load);
            _unshareable.Add(load.Key!);
            _loads.Joiners -= Math.Max(0, load.Waiters.Count - 1);
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
                    SendAlone(waiter);
                }
            }
        }
    }
}
