using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Retrying;

/// <summary>Sends what failed to another backend, and what is slow to a second one beside it.</summary>
/// <remarks>
/// Below Throttling, so that tries one after the other share a permit; above Balancing, which finds a backend that has not been tried. Who
/// has to pause first gives the permit back: it goes up to Throttling and waits there. An exchange goes down itself, as often as it is tried, unless a
/// try may begin before the last one has ended (hedging, <c>attempt-timeout</c>): then its tries are exchanges of their own.
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
        private readonly OpenTries _tries;

        // Wait for demand from below, to be tried then.
        private readonly ExchangeList _ready = new();
        private Action<Exchange>? _onAbandoned;
        private IslandTimer? _timer;

        // Those that went down themselves, and may have to once more.
        private int _below;

        public Logic(RetryingLayer layer, RetryingPort port)
            : base(layer)
        {
            _port = port;
            _rules = new RetryRules(port);
            _tries = new OpenTries(port, _rules);
        }

        protected override bool IsIdle => _below == 0 && _ready.Count == 0 && _tries.IsEmpty;

        protected override bool WantsMore => CanSend && _ready.Count == 0;

        public override void PreStart()
        {
            base.PreStart();
            if (_port.Forks)
            {
                _onAbandoned = GetAsyncCallback<Exchange>(OnAbandoned);
                _timer = new IslandTimer(_port.Time, GetAsyncCallback(OnTimer));
                _port.AnsweredEarly.Attach(GetAsyncCallback(_tries.TakeEarlyAnswers));
                _tries.TakeEarlyAnswers();
            }
        }

        // Exchanges are returned by those who hold them at the top, or as the loads they are.
        public override void PostStop()
        {
            _port.AnsweredEarly.Detach();
            _timer?.Dispose();
            while (_ready.TryTake(out _))
            {
            }

            _tries.Stop();
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
                Begin(exchange);
            }
            else if (_port.Forks)
            {
                Hedge(_port.Time.GetTimestamp());
            }
        }

        protected override void OnOutcome(Exchange exchange)
        {
            if (!exchange.Tries.IsTry)
            {
                _below--;
                Settle(exchange);
            }
            else
            {
                if (_tries.End(exchange) is { } decided)
                {
                    decided.Station = null;
                    Settle(decided);
                }

                Watch();
            }
        }

        protected override void OnLetGo(Exchange exchange) => _below--;

        private void Try(Exchange exchange)
        {
            if (exchange.Tries.Done > 0)
            {
                _port.CountRetry();
                exchange.Note("akkaperf.retrying.retry");
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
            var attempt = _tries.Begin(exchange, now);
            exchange.Station = _onAbandoned;
            _timer!.Arm(_tries.NextDue(now));
            Send(attempt);
        }

        // What has come up goes down once more, up to wait for its next try, or up for good.
        private void Settle(Exchange exchange)
        {
            if (exchange.EndedAt > 0)
            {
                _port.Count(exchange, exchange.EndedAt);
            }

            if ((exchange.Tries.WantsAnother || exchange.ConnectFailed)
                && !exchange.IsAnsweredEarly
                && _rules.TryGrant(exchange, exchange.LastBackend, _port.Time.GetTimestamp())
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

        private void OnAbandoned(Exchange exchange)
        {
            if (_tries.TryAbandon(exchange) || _ready.Remove(exchange))
            {
                Reply(exchange);
                Advance();
            }
        }

        // What has just ended may be what was missing to say what is slow, or may say that it is less: nobody else may come and ask.
        private void Watch()
        {
            if (_tries.HedgesSomething)
            {
                var now = _port.Time.GetTimestamp();
                Hedge(now);
                _timer!.Arm(_tries.NextDue(now));
            }
        }

        private void OnTimer()
        {
            _timer!.Fired();
            var now = _port.Time.GetTimestamp();
            while (_tries.GiveUpNext(now) is { } exchange)
            {
                Reply(exchange);
            }

            Hedge(now);
            _timer.Arm(_tries.NextDue(now));
            Advance();
        }

        private void Hedge(long now)
        {
            while (CanSend && _tries.HedgeNext(now) is { } attempt)
            {
                Send(attempt);
            }
        }
    }
}
