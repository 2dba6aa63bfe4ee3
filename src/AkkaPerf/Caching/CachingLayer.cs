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
/// asks the second level first, outside the island. What runs without the island is its key's load itself, and others join it here. A key
/// that is set or removed overtakes its load: who waits gets the answer, but it is not stored, and nobody else joins.
/// </remarks>
internal sealed class CachingLayer : Layer
{
    private readonly CacheLevels<string> _levels;
    private readonly LoadTable _loads;
    private readonly Inbox<Exchange> _unshared;
    private readonly Inbox<LookUp> _lookedUp;
    private readonly Inbox<Exchange> _followed;
    private readonly UnshareableKeys _unshareable;
    private readonly LoadKeeper _keeper;
    private readonly TimeProvider _time;

    public CachingLayer(CacheLevels<string> levels, LoadTable loads, CachingPort port, LoadKeeper keeper, TimeProvider time)
        : base("caching")
    {
        _levels = levels;
        _loads = loads;
        _unshared = port.Unshared;
        _lookedUp = port.LookedUp;
        _followed = port.Followed;
        _unshareable = port.Unshareable;
        _keeper = keeper;
        _time = time;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : LayerLogic
    {
        private readonly CachingLayer _layer;
        private readonly LoadTable _loads;

        // Loads that are on their way though nobody joins them any more: overtaken, not to be shared, or let go.
        private readonly HashSet<Exchange> _detached = [];

        // The same, which are their callers' own exchanges, and are waited for.
        private readonly HashSet<Exchange> _displaced = [];

        // Loads that ask the second level.
        private readonly Dictionary<Exchange, LookUp> _lookUps = [];
        private Action<Exchange>? _onWaiterAbandoned;

        public Logic(CachingLayer layer)
            : base(layer)
        {
            _layer = layer;
            _loads = layer._loads;
        }

        // A load's waiters may still be sent down each for itself, also if others do not join it any more.
        protected override bool IsIdle => _loads.Count == 0 && _lookUps.Count == 0 && _detached.Count == 0 && _displaced.Count == 0;

        public override void PreStart()
        {
            base.PreStart();
            _onWaiterAbandoned = GetAsyncCallback<Exchange>(OnWaiterAbandoned);
            _layer._unshared.Attach(GetAsyncCallback(OnUnshared));
            _layer._lookedUp.Attach(GetAsyncCallback(OnLookedUp));
            _layer._followed.Attach(GetAsyncCallback(OnFollowed));
            OnUnshared();
            OnFollowed();
            OnLookedUp();
        }

        public override void PostStop()
        {
            _layer._unshared.Detach();
            _layer._lookedUp.Detach();
            _layer._followed.Detach();
            foreach (var lookUp in _lookUps.Values)
            {
                lookUp.Cancel();
            }

            foreach (var load in _loads.TakeAll().Concat(_detached).Concat(_displaced))
            {
                // Those who wait for it are answered at the top.
                _loads.Joiners -= JoinersOf(load);
                while (load.Waiters?.TryTake(out _) == true)
                {
                }

                if (load.Leader is null)
                {
                    // It goes on by itself, or is known at the top.
                    UnfollowIfAlone(load);
                    continue;
                }

                _loads.EndLetGo(load);
                load.Abandon(RefusalReason.PipelineRestarting);
                if (load.Phase == ExchangePhase.OnIsland)
                {
                    load.Return();
                }
            }
        }

        protected override void OnRequest(Exchange exchange)
        {
            if (exchange.Fast.CameBack)
            {
                Send(exchange);
                return;
            }

            if (exchange.Fast.IsLoad)
            {
                Relay(exchange);
                return;
            }

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
            if (load is { Fast.IsLoad: true, IsAnsweredEarly: true })
            {
                _loads.Remove(key, load);
                _layer._unshareable.Add(key);
                Unshare(load);
                load = null;
            }

            if (load is not null && IsJoinable(load, key) && (!exchange.SkipsCache || load.SkipsCache) && TryFollow(load, key))
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
            else if (_layer._unshareable.Contains(key))
            {
                SendAlone(exchange);
            }
            else
            {
                if (load is not null)
                {
                    Detach(key, load);
                }

                Load(exchange, key);
            }
        }

        protected override void OnOutcome(Exchange exchange)
        {
            var now = _layer._time.GetTimestamp();
            if (exchange.Entry is { } entry)
            {
                _layer._keeper.Keep(exchange, entry, now);
            }

            if (exchange.Leader is null && !exchange.Fast.IsLoad)
            {
                Reply(exchange);
                return;
            }

            _layer._levels.Counters.Loaded(now - exchange.SentAt, hasFailed: exchange.ResultKind != OutcomeKind.Value && !exchange.IsAnsweredEarly);
            if (exchange.ResultKind != OutcomeKind.Value && !exchange.IsAnswered && !exchange.SkipsCache)
            {
                Fail(exchange, now);
            }

            if (exchange.Leader is null)
            {
                End(exchange);
                Reply(exchange);
                return;
            }

            if (exchange.IsAnsweredEarly)
            {
                Unshare(exchange);
            }
            else
            {
                Answer(exchange, exchange.Entry);
            }

            Forget(exchange);
            exchange.Return();
        }

        // Abandoned before it could go down: it goes up like everything else and is returned at the top.
        protected override void OnLetGo(Exchange exchange)
        {
            Forget(exchange);
            if (exchange.Fast.IsLoad)
            {
                End(exchange);
            }
        }

        // Who asks after an invalidation must not get what was loaded before it.
        private bool IsJoinable(Exchange load, string key) =>
            !load.IsOvertaken && _layer._levels.Table.IsValidSince(load.CacheVersion, key, _layer._levels.TextOf, []);

        private CacheEntry? Find(Exchange exchange, string key)
        {
            var now = _layer._time.GetTimestamp();
            return _layer._levels.Find(key, now) is { } entry && now < entry.Life.FreshUntil && entry != exchange.Outdated ? entry : null;
        }

        private void SendAlone(Exchange exchange)
        {
            _layer._keeper.Begin(exchange, _layer._time.GetTimestamp());
            Send(exchange);
        }

        private void Load(Exchange exchange, string key)
        {
            var load = exchange.CreateLoad();
            _layer._keeper.Begin(load, _layer._time.GetTimestamp());
            if (!_loads.TryAdd(load))
            {
                // Somebody has begun one on his caller's thread just now.
                load.Return();
                OnRequest(exchange);
                return;
            }

            exchange.CacheVersion = load.CacheVersion;
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

            Answer(load, pause: pause);
            Forget(load);
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
                load.Outdated = entry ?? (_layer._levels.Peek(load.Key!, now) == load.Outdated ? load.Outdated : null);
                Start(load);
                return;
            }

            _layer._levels.Counters.DistributedHit();
            if (!load.IsOvertaken)
            {
                _layer._levels.First.Set(load.Key!, entry!, load);
            }

            load.TakeEntry(entry!);
            Answer(load, entry);
            Forget(load);
            load.Return();
        }

        // Nothing fresh could be had: what is stale does for a while, if that is allowed; else the source is let alone for a while.
        private void Fail(Exchange load, long now)
        {
            if (load.Outdated is not { } stale || now >= stale.Life.ExpiresAt || !IsKnown(load.Key!, stale, now))
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

        // What was known when the load was asked for may have been removed before it began: then it is no answer to those who joined since. What the
        // second level has brought was there after that, and a removal since has overtaken the load.
        private bool IsKnown(string key, CacheEntry stale, long now) => _layer._levels.Second is null
            ? _layer._levels.Peek(key, now) == stale
            : _layer._levels.Table.IsValid(stale, key, _layer._levels.TextOf);

        private void Answer(Exchange load, CacheEntry? entry = null, LoadPausedException? pause = null)
        {
            _loads.Remove(load);
            _loads.Joiners -= JoinersOf(load);

            // Its tags are known only now: whoever joined after one of them was removed must not get what is older.
            var isInvalid = entry is { Tags.Length: > 0 } && !_layer._levels.Table.IsValid(entry, load.Key!, _layer._levels.TextOf);
            while (load.Waiters is { } waiters && waiters.TryTake(out var waiter))
            {
                if (isInvalid && waiter.CacheVersion > load.CacheVersion && !waiter.IsAnswered)
                {
                    waiter.Station = null;
                    waiter.Load = null;
                    OnRequest(waiter);
                    continue;
                }

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
                UnfollowIfAlone(load);
                exchange.SetRefusal(RefusalReason.QueueFull);
                Reply(exchange);
                return;
            }

            _loads.Joiners++;
            _layer._levels.Counters.HasJoined();
            exchange.NoteJoined(load);
            exchange.CacheVersion = _layer._levels.Table.Version;
            Wait(exchange, load);
        }

        private void Wait(Exchange exchange, Exchange load)
        {
            exchange.Load = load;
            exchange.Station = _onWaiterAbandoned;
            load.WithWaiters().Add(exchange);
        }

        // Of a load, one of those who wait has asked first; one that is its caller's own has only those who came later.
        private static int JoinersOf(Exchange load) => load.Leader is null ? load.Waiters?.Count ?? 0 : Math.Max(0, load.Waiters!.Count - 1);

        // One that runs without the island may have ended meanwhile, and be another's: then it is not this key's any more.
        private bool TryFollow(Exchange load, string key)
        {
            if (!load.Fast.IsLoad)
            {
                return load.Leader is not null;
            }

            if (!load.Fast.TryFollow())
            {
                return false;
            }

            if (_loads.Find(key) == load && !load.IsAnsweredEarly)
            {
                return true;
            }

            UnfollowIfAlone(load);
            return false;
        }

        // It goes on, but is not stored, and another one takes its place.
        private void Detach(string key, Exchange load)
        {
            if (load.Leader is null)
            {
                // Not said to itself: it may have ended, and be another's.
                _loads.Displace(key, load);
                if (load.Waiters is { Count: > 0 })
                {
                    _displaced.Add(load);
                }
            }
            else
            {
                load.Overtake();
                _loads.Remove(key, load);
                _detached.Add(load);
            }
        }

        private static void UnfollowIfAlone(Exchange load)
        {
            if (load.Waiters is { Count: > 0 })
            {
                return;
            }

            load.Fast.Unfollow();
            if (load.IsAnswered && !load.IsAnsweredEarly)
            {
                load.LetGo();
            }
        }

        // On its caller's thread it became its key's load, but could not start: it is one like all others, and what it was given is the load's.
        private void Relay(Exchange exchange)
        {
            exchange.Fast.Leave();

            // Asked once: it may be answered at any moment.
            var isAnswered = exchange.IsAnswered;
            if (isAnswered && exchange.Waiters is not { Count: > 0 })
            {
                _loads.Remove(exchange);
                Reply(exchange);
                return;
            }

            if (!isAnswered && Find(exchange, exchange.Key!) is { } entry)
            {
                // Loaded by somebody else between the look-up and the beginning of this one.
                exchange.Note("akkaperf.caching.hit");
                exchange.TakeEntry(entry);
                Answer(exchange);
                Reply(exchange);
                return;
            }

            var load = LoadAnew(exchange);
            if (isAnswered)
            {
                _loads.Joiners--;
                Reply(exchange);
            }
            else
            {
                exchange.HandOver(load);
                Wait(exchange, load);
            }

            Start(load);
        }

        // A load for those who wait for this one. If another has begun meanwhile that is its key's, and this one is like those that were overtaken.
        private Exchange LoadAnew(Exchange exchange)
        {
            var load = exchange.CreateLoad();
            _layer._keeper.Begin(load, _layer._time.GetTimestamp());
            if (!_loads.TryReplace(exchange, load))
            {
                load.Overtake();
                _detached.Add(load);
            }

            while (exchange.Waiters?.TryTake(out var waiter) == true)
            {
                Wait(waiter, load);
            }

            return load;
        }

        // Ends what was its caller's own exchange and its key's load.
        private void End(Exchange exchange)
        {
            exchange.Fast.Leave();
            _displaced.Remove(exchange);
            if (exchange.Waiters is not { Count: > 0 })
            {
                _loads.Remove(exchange);
            }
            else if (exchange.IsAnsweredEarly)
            {
                Unshare(exchange);
            }
            else if (exchange.IsAnswered && exchange.ResultKind != OutcomeKind.Value)
            {
                // Its caller has left, and its handler was told to stop; those who joined it have not.
                _loads.Joiners--;
                Start(LoadAnew(exchange));
            }
            else
            {
                Answer(exchange, exchange.Entry);
            }
        }

        private void OnFollowed()
        {
            do
            {
                while (_layer._followed.TryTake(out var load))
                {
                    End(load);
                    load.Return();
                }
            }
            while (!_layer._followed.TrySleep());
            Advance();
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
            else if (load.Leader is null)
            {
                // Displaced, it ends without coming here.
                _loads.Joiners--;
                _displaced.Remove(load);
                UnfollowIfAlone(load);
            }
            else
            {
                LetGo(load, waiter.IsExpired ? RefusalReason.DeadlinePassed : RefusalReason.Cancelled);
            }

            Reply(waiter);
            Advance();
        }

        // It has ended.
        private void Forget(Exchange load)
        {
            if (_detached.Remove(load))
            {
                _loads.EndLetGo(load);
            }
        }

        // Nobody is left: the load stops, and what it holds comes back by itself.
        private void LetGo(Exchange load, RefusalReason reason)
        {
            _loads.LetGo(load);
            _detached.Add(load);
            load.Abandon(reason);
            if (_lookUps.Remove(load, out var lookUp))
            {
                lookUp.Cancel();
                Forget(load);
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
            if (load.Waiters is not { Count: > 0 })
            {
                return;
            }

            _loads.Remove(load);
            if (load.Leader is not null)
            {
                _detached.Add(load);
            }

            _layer._unshareable.Add(load.Key!);
            _loads.Joiners -= JoinersOf(load);
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
