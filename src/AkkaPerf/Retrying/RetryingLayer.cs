using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Retrying;

/// <summary>Sends what failed to another backend, and what is slow to a second one beside it.</summary>
/// <remarks>
/// Below Throttling, so that tries one after the other share a permit; above Balancing, which finds a backend that has not been tried. Who
/// has to pause first gives the permit back: it goes up to Throttling and waits there.
/// Where a try may begin before the last one has ended (hedging, <c>attempt-timeout</c>) tries are exchanges of their own, and theirs is then the permit:
/// a try that is let go keeps its permit and its lease until its handler has ended, while its exchange goes on. Whoever claims a try
/// first, its handler by an early answer or the island by letting it go, decides which of two wins.
/// </remarks>
internal sealed class RetryingLayer : Layer
{
    private readonly RetryingPort _port;

    public RetryingLayer(RetryingPort port)
        : base("retrying") => _port = port;

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, _port);

    private sealed class Logic : LayerLogic
    {
        private readonly RetryingPort _port;
        private readonly RetryRules _rules;
        private readonly OpenExchanges _open;

        // Wait for demand from below, to be tried then.
        private readonly ExchangeList _ready = new();

        // Tries that were let go and have not ended yet.
        private readonly HashSet<Exchange> _letGo = [];
        private Action<Exchange>? _onAbandoned;
        private IslandTimer? _timer;

        // Those that went down themselves, and may have to once more.
        private int _below;

        public Logic(RetryingLayer layer, RetryingPort port)
            : base(layer)
        {
            _port = port;
            _rules = new RetryRules(port);
            _open = new OpenExchanges(port.Hedge.Enabled, port.Retry.Attempts > 0 ? Ticks(port.Retry.AttemptTimeout) : 0);
        }

        protected override bool IsIdle => _below == 0 && _ready.Count == 0 && _open.IsEmpty;

        protected override bool WantsMore => CanSend && _ready.Count == 0;

        public override void PreStart()
        {
            base.PreStart();
            _onAbandoned = GetAsyncCallback<Exchange>(OnAbandoned);
            if (_port.Forks)
            {
                _timer = new IslandTimer(_port.Time, GetAsyncCallback(OnTimer));
                _port.AnsweredEarly.Attach(GetAsyncCallback(OnAnsweredEarly));
                OnAnsweredEarly();
            }
        }

        // Exchanges are returned by those who hold them at the top, or as the loads they are; a try has nobody but this stage.
        public override void PostStop()
        {
            _port.AnsweredEarly.Detach();
            _timer?.Dispose();
            while (_ready.TryTake(out _))
            {
            }

            while (_open.TryTake(out var exchange))
            {
                End(exchange.Tries.First);
                End(exchange.Tries.Second);
            }

            foreach (var attempt in _letGo)
            {
                End(attempt);
            }
        }

        protected override void OnRequest(Exchange exchange)
        {
            if (exchange.IsAnswered)
            {
                Reply(exchange);
                return;
            }

            if (exchange.Tries.Done > 0)
            {
                exchange.ClearResult();
            }

            Try(exchange);
        }

        protected override void OnDemand()
        {
            if (_ready.TryTake(out var exchange))
            {
                exchange.Station = null;
                Begin(exchange);
            }
            else if (_port.Forks)
            {
                Hedge(_port.Time.GetTimestamp());
            }
        }

        protected override void OnOutcome(Exchange exchange)
        {
            if (exchange.Tries.IsTry)
            {
                OnTryEnded(exchange);
                return;
            }

            _below--;
            Settle(exchange, exchange.LastBackend, exchange.EndedAt);
        }

        protected override void OnLetGo(Exchange exchange) => _below--;

        private static void End(Exchange? attempt)
        {
            attempt?.Abandon(RefusalReason.PipelineRestarting);
            if (attempt is { Phase: ExchangePhase.OnIsland })
            {
                attempt.Return();
            }
        }

        private static void MovePermit(Exchange from, Exchange to)
        {
            to.HasPermit |= from.HasPermit;
            from.HasPermit = false;
        }

        private void Try(Exchange exchange)
        {
            if (exchange.Tries.Done > 0)
            {
                _port.CountRetry();
            }

            if (!_port.Forks || !exchange.Tries.IsRepeatable)
            {
                _below++;
                Send(exchange);
            }
            else if (CanSend)
            {
                Begin(exchange);
            }
            else
            {
                exchange.Station = _onAbandoned;
                _ready.Add(exchange);
            }
        }

        private void Begin(Exchange exchange)
        {
            var now = _port.Time.GetTimestamp();
            _rules.Count(exchange, now);
            exchange.Tries.BeganAt = now;
            var attempt = exchange.Tries.First = exchange.CreateTry();
            MovePermit(exchange, attempt);
            exchange.Station = _onAbandoned;
            _open.Add(exchange);
            ArmTimer(now);
            Send(attempt);
        }

        // What has come up goes down once more, up to wait for its next try, or up for good.
        private void Settle(Exchange exchange, Backend? last, long endedAt)
        {
            if (endedAt > 0)
            {
                _rules.Count(exchange, endedAt);
            }

            if ((exchange.Tries.WantsAnother || exchange.ConnectFailed)
                && !exchange.IsAnsweredEarly
                && _rules.TryGrant(exchange, last, _port.Time.GetTimestamp())
                && exchange.Tries.ResumesAt == 0)
            {
                exchange.ClearResult();
                Try(exchange);
            }
            else
            {
                Reply(exchange);
            }
        }

        private void OnTryEnded(Exchange attempt)
        {
            if (_letGo.Remove(attempt))
            {
                Drop(attempt);
                return;
            }

            var exchange = attempt.Leader!;
            var other = OtherThan(attempt, exchange);
            var answersEarly = !attempt.TryEnd();
            var answers = answersEarly || (attempt.ResultKind == OutcomeKind.Value && !attempt.Tries.WantsAnother);
            if (answers && attempt.EndedAt > 0)
            {
                _port.Latencies?.Record(attempt.Took, attempt.EndedAt);
            }

            if (other is not null && (!answers || !TryLetGo(other, RefusalReason.Cancelled)))
            {
                // The other one still runs, or was faster after all.
                exchange.Tries.First = other;
                exchange.Tries.Second = null;
                if (attempt.LastBackend is { } tried)
                {
                    exchange.Tried!.Add(tried);
                }

                if (answersEarly)
                {
                    exchange.TakeEnd(attempt);
                }

                Drop(attempt);
                return;
            }

            if (answers)
            {
                CountWin(attempt);
            }

            Close(exchange);
            exchange.TakeEnd(attempt);
            MovePermit(attempt, exchange);
            var (last, endedAt) = (attempt.LastBackend, attempt.EndedAt);
            attempt.Return();
            Settle(exchange, last, endedAt);
        }

        private void OnAnsweredEarly()
        {
            do
            {
                while (_port.AnsweredEarly.TryTake(out var attempt))
                {
                    // Another island's, or one that has ended since.
                    if (attempt.Leader is { } exchange && _open.Contains(exchange)
                        && (exchange.Tries.First == attempt || exchange.Tries.Second == attempt))
                    {
                        CountWin(attempt);
                        _open.LeaveAlone(exchange);
                        if (OtherThan(attempt, exchange) is { } other && TryLetGo(other, RefusalReason.Cancelled))
                        {
                            exchange.Tries.First = attempt;
                            exchange.Tries.Second = null;
                        }
                    }
                }
            }
            while (!_port.AnsweredEarly.TrySleep());
        }

        private void OnAbandoned(Exchange exchange)
        {
            if (_open.Contains(exchange))
            {
                // Its tries hold permits and leases until they have ended; it holds nothing.
                var reason = exchange.IsExpired ? RefusalReason.DeadlinePassed : RefusalReason.Cancelled;
                LetGo(exchange.Tries.First!, reason);
                if (exchange.Tries.Second is { } second)
                {
                    LetGo(second, reason);
                }

                Close(exchange);
                Reply(exchange);
            }
            else if (_ready.Remove(exchange))
            {
                Reply(exchange);
            }

            Advance();
        }

        private void OnTimer()
        {
            _timer!.Fired();
            var now = _port.Time.GetTimestamp();
            while (_open.FirstOverdue(now) is { } exchange)
            {
                if (!TryGiveUp(exchange, now))
                {
                    _open.LeaveAlone(exchange);
                }
            }

            Hedge(now);
            ArmTimer(now);
            Advance();
        }

        // A try takes too long: it keeps its permit until it has ended, so the exchange goes up for another one.
        private bool TryGiveUp(Exchange exchange, long now)
        {
            var attempt = exchange.Tries.First!;
            if (exchange.Tries.Second is not null || attempt.IsAnswered
                || !_rules.TryGrant(exchange, attempt.Backend, now)
                || !TryLetGo(attempt, RefusalReason.DeadlinePassed))
            {
                return false;
            }

            Close(exchange);
            exchange.SetFault(new TimeoutException($"A try took longer than {_port.Retry.AttemptTimeout}."));
            exchange.Tries.ResumesAt = Math.Max(now, exchange.Tries.ResumesAt);
            Reply(exchange);
            return true;
        }

        private void Hedge(long now)
        {
            if (!TryFindHedgeDelay(now, out var delay))
            {
                return;
            }

            while (CanSend && _open.FirstToBeHedged is { } exchange && exchange.Tries.BeganAt + delay <= now)
            {
                _open.Hedged(exchange);
                if (_rules.TryGrantHedge(exchange, now))
                {
                    _port.CountHedge();
                    var second = exchange.Tries.Second = exchange.CreateTry();
                    second.Tries.IsHedge = true;
                    second.HasPermit = true;
                    Send(second);
                }
            }
        }

        private bool TryFindHedgeDelay(long now, out long delay)
        {
            delay = 0;
            if (_port.Latencies?.TryFind(now, out delay) != true || delay > Ticks(_port.Hedge.MaxDelay))
            {
                return false;
            }

            delay = Math.Max(delay, Ticks(_port.Hedge.MinDelay));
            return true;
        }

        private void ArmTimer(long now)
        {
            // What is due already waits for demand from below, which looks here by itself.
            if (_open.FirstToBeHedged is { } next && TryFindHedgeDelay(now, out var delay) && next.Tries.BeganAt + delay > now)
            {
                _timer!.Arm(next.Tries.BeganAt + delay);
            }

            _timer!.Arm(_open.NextTimeout(out _));
        }

        private bool TryLetGo(Exchange attempt, RefusalReason reason)
        {
            if (!attempt.Abandon(reason))
            {
                return false;
            }

            LetGo(attempt, reason);
            return true;
        }

        private void LetGo(Exchange attempt, RefusalReason reason)
        {
            attempt.Abandon(reason);
            _letGo.Add(attempt);
            if (attempt.Backend is not null && _port.Latencies is { } latencies)
            {
                // It took at least that long: without it the quantile would shrink with every hedge.
                var now = _port.Time.GetTimestamp();
                latencies.Record(now - attempt.AssignedAt, now);
            }
        }

        private void Close(Exchange exchange)
        {
            _open.Remove(exchange);
            exchange.Station = null;
            exchange.Tries.First = exchange.Tries.Second = null;
        }

        private void Drop(Exchange attempt)
        {
            var hadPermit = attempt.HasPermit;
            attempt.Return();
            if (hadPermit)
            {
                _port.PermitReturned();
            }
        }

        private void CountWin(Exchange attempt)
        {
            if (attempt.Tries.IsHedge)
            {
                attempt.Tries.IsHedge = false;
                _port.CountHedgeWon();
            }
        }

        private static Exchange? OtherThan(Exchange attempt, Exchange exchange) =>
            exchange.Tries.First == attempt ? exchange.Tries.Second : exchange.Tries.First;

        private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _port.Time.TimestampFrequency);
    }
}
