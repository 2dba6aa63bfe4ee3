using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Throttling;

/// <summary>Limits how many calls run at once and how many start per second; whoever must wait waits here, first in, first out.</summary>
/// <remarks>
/// Below the cache, so that a hit or a joined load takes no permit; right above what is expensive. When its room is full it either
/// refuses and says so at the door (<c>reject</c>), or stops pulling, so that callers wait at the door (<c>wait</c>). What comes up to be
/// tried again after a pause gives its permit back and waits here too, if there is room.
/// </remarks>
internal sealed class ThrottlingLayer : Layer
{
    private readonly ThrottleOptions _options;
    private readonly bool _rejects;
    private readonly (PermitLedger Permits, TokenBucket Starts) _limits;
    private readonly ThrottlingMonitor _monitor;
    private readonly TimeProvider _time;

    /// <summary>Makes one.</summary>
    /// <param name="options">What is allowed.</param>
    /// <param name="rejectsWhenFull">Whether it refuses when its room is full; else it stops pulling.</param>
    /// <param name="limits">The permits and the starts that are left.</param>
    /// <param name="monitor">Who wants to know how many wait, and whether it refuses.</param>
    /// <param name="time">The clock.</param>
    public ThrottlingLayer(
        ThrottleOptions options, bool rejectsWhenFull, (PermitLedger Permits, TokenBucket Starts) limits, ThrottlingMonitor monitor, TimeProvider time)
        : base("throttling")
    {
        _options = options;
        _rejects = rejectsWhenFull;
        _limits = limits;
        _monitor = monitor;
        _time = time;
    }

    /// <summary>Whether what has gone down may come up to be tried again.</summary>
    public bool HasRetries { get; init; }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : LayerLogic
    {
        private readonly ThrottlingLayer _layer;
        private readonly ExchangeList _room = new();

        // Those who pause before a further try, by when it begins; they count in the room.
        private readonly PriorityQueue<Exchange, long> _pausing = new();
        private readonly PermitLedger _permits;
        private readonly TokenBucket _bucket;
        private Action<Exchange>? _onAbandoned;
        private IslandTimer? _timer;
        private RefusalReason? _shedding;
        private bool _isHoldingBack;

        // With a retrying layer those below may come back.
        private int _below;

        // Somebody waits although permits are free; time that passes for want of permits must not save up a burst.
        private bool _savesTokens;

        public Logic(ThrottlingLayer layer)
            : base(layer)
        {
            _layer = layer;
            (_permits, _bucket) = layer._limits;
        }

        protected override bool WantsMore => _layer._rejects || HasRoom;

        protected override bool IsIdle => Waiting == 0 && (_below == 0 || !_layer.HasRetries);

        private int Waiting => _room.Count + _pausing.Count;

        // Those who could start but for the demand of the layer below do not count as waiting.
        private bool HasRoom => Waiting < _layer._options.Queue + Math.Max(0, Math.Min(_permits.Free, _bucket.Available));

        public override void PreStart()
        {
            base.PreStart();
            _onAbandoned = GetAsyncCallback<Exchange>(OnAbandoned);
            _timer = new IslandTimer(_layer._time, GetAsyncCallback(OnTimer));
            _permits.Attach(GetAsyncCallback(StartWaiting), TryTakeSpare);
        }

        public override void PostStop()
        {
            _permits.Attach(null);
            _permits.Await(isAwaited: false);
            _timer?.Dispose();
            _layer._monitor.Waiting = 0;
            _layer._monitor.Shed?.Invoke(null, default);
            _layer._monitor.HoldBack?.Invoke(false);

            // Callers' exchanges are returned at the top; a load has nobody but those who hold it.
            while (_room.TryTake(out _))
            {
            }

            _pausing.Clear();
        }

        protected override void OnRequest(Exchange exchange)
        {
            if (exchange.HasPermit)
            {
                // It was given one on its caller's thread, and perhaps has run.
                _below++;
                Send(exchange);
                return;
            }

            Refill();
            if (exchange.IsAnswered)
            {
                Reply(exchange);
            }
            else if (_room.Count == 0 && CanSend && TryTake())
            {
                Start(exchange);
            }
            else if (HasRoom || exchange.AlwaysWaits)
            {
                exchange.Note("akkaperf.throttling.waiting");
                exchange.Station = _onAbandoned;
                _room.Add(exchange);
            }
            else
            {
                var (reason, retryAfter) = WhyFull();
                exchange.SetRefusal(reason, retryAfter);
                Reply(exchange);
            }

            OnRoomChanged();
        }

        protected override void OnOutcome(Exchange exchange)
        {
            _below--;
            if (exchange.HasPermit)
            {
                exchange.HasPermit = false;
                _permits.ReleaseByStage();
            }

            if (exchange.Tries.ResumesAt == 0 || !TryPause(exchange))
            {
                Reply(exchange);
            }

            StartWaiting();
        }

        protected override void OnDemand() => StartWaiting();

        private void StartWaiting()
        {
            Refill();
            EndPauses();
            while (CanSend && _permits.Free > 0 && _room.First is { } exchange)
            {
                if (exchange.IsAnswered)
                {
                    // Its notice is still on its way: it must not cost a start.
                    _room.Remove(exchange);
                    Reply(exchange);
                    continue;
                }

                if (!TryTake())
                {
                    break;
                }

                _room.Remove(exchange);
                Start(exchange);
            }

            OnRoomChanged();
            Advance();
        }

        protected override void OnLetGo(Exchange exchange)
        {
            _below--;
            exchange.HasPermit = false;
            _permits.ReleaseByStage();
        }

        // A permit and a start.
        private bool TryTake()
        {
            if (!_permits.TryTake())
            {
                return false;
            }

            if (_bucket.TryTake())
            {
                return true;
            }

            _permits.ReleaseByStage();
            return false;
        }

        private void Start(Exchange exchange)
        {
            _below++;
            exchange.Tries.ResumesAt = 0;
            exchange.HasPermit = true;
            exchange.Note("akkaperf.throttling.permitted");
            Send(exchange);
        }

        // It comes with the result of its last try, which is its outcome if there is no room.
        private bool TryPause(Exchange exchange)
        {
            var isOver = exchange.Tries.ResumesAt <= _layer._time.GetTimestamp();
            if (exchange.IsAnswered || !(exchange.AlwaysWaits || (isOver ? HasRoom : Waiting < _layer._options.Queue)))
            {
                exchange.Tries.ResumesAt = 0;
                return false;
            }

            exchange.Station = _onAbandoned;
            if (isOver)
            {
                _room.Add(exchange);
            }
            else
            {
                _pausing.Enqueue(exchange, exchange.Tries.ResumesAt);
            }

            return true;
        }

        private void EndPauses()
        {
            if (_pausing.Count == 0)
            {
                return;
            }

            var now = _layer._time.GetTimestamp();
            while (_pausing.TryPeek(out var exchange, out var at) && at <= now)
            {
                _pausing.Dequeue();
                _room.Add(exchange);
            }
        }

        private bool TryTakeSpare()
        {
            Refill();
            if (_room.Count > 0 || !TryTake())
            {
                return false;
            }

            OnRoomChanged();
            return true;
        }

        private void OnAbandoned(Exchange exchange)
        {
            if (_room.Remove(exchange) || _pausing.Remove(exchange, out _, out _))
            {
                Reply(exchange);
                OnRoomChanged();
                Advance();
            }
        }

        private void OnTimer()
        {
            _timer!.Fired();
            StartWaiting();
        }

        private void Refill()
        {
            if (!_bucket.IsUnlimited)
            {
                _bucket.Refill(_layer._time.GetTimestamp(), _savesTokens);
            }
        }

        private void OnRoomChanged()
        {
            if (_layer._monitor.Waiting != Waiting)
            {
                _layer._monitor.Waiting = Waiting;
            }

            if (_pausing.TryPeek(out _, out var pausesUntil))
            {
                _timer!.Arm(pausesUntil);
            }

            var hasPermit = _permits.Free > 0;
            _savesTokens = hasPermit && _room.Count > 0;

            // Also without anybody in the room: those at the door, or above, can come only once there is a place.
            if (hasPermit && _bucket.Available == 0 && (_room.Count > 0 || !HasRoom))
            {
                _timer!.Arm(_bucket.NextAt);
            }

            var isFull = !HasRoom;
            _permits.Await(_room.Count > 0 || isFull);
            ShowShedding(isFull);
        }

        // The door refuses on its own while the flag is up: it must know the reason of now, and when the next token is due.
        private void ShowShedding(bool isFull)
        {
            if (!_layer._rejects)
            {
                if (isFull != _isHoldingBack)
                {
                    _isHoldingBack = isFull;
                    _layer._monitor.HoldBack?.Invoke(isFull);
                }

                return;
            }

            var (reason, retryAfter) = isFull ? WhyFull() : ((RefusalReason?)null, TimeSpan.Zero);
            if (reason != _shedding)
            {
                _shedding = reason;
                _layer._monitor.Shed?.Invoke(reason, retryAfter);
            }
        }

        // The rate is to blame only if permits are free; then the time until one more start is due can be told.
        private (RefusalReason Reason, TimeSpan RetryAfter) WhyFull() =>
            _permits.Free > 0 && !_bucket.IsUnlimited
                ? (RefusalReason.RateLimited, TimeSpan.FromSeconds((double)_bucket.TicksUntil(_room.Count + 1) / _layer._time.TimestampFrequency))
                : (RefusalReason.QueueFull, default);
    }
}
