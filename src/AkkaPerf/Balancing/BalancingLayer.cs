using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Balancing;

/// <summary>Chooses a backend on the way down and tells it on the way up how it went. Below Throttling: only what may start is balanced.</summary>
/// <remarks>An exchange whose connect failed, so that nothing was sent, goes once to another backend; it keeps its permit.</remarks>
internal sealed class BalancingLayer : Layer
{
    // First probes are spread over a second.
    private static readonly TimeSpan FirstVerdict = TimeSpan.FromSeconds(1);

    private readonly BackendDirectory _directory;
    private readonly IBalancingPolicy _policy;

    // Between two probes: told to those who found no backend. Zero without probes.
    private readonly TimeSpan _nextVerdict;

    public BalancingLayer(BackendDirectory directory, IBalancingPolicy policy, TimeSpan nextVerdict = default)
        : base("balancing")
    {
        _directory = directory;
        _policy = policy;
        _nextVerdict = nextVerdict;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : LayerLogic
    {
        private readonly BalancingLayer _layer;

        // Those below may still come back for another backend.
        private int _below;

        public Logic(BalancingLayer layer)
            : base(layer) => _layer = layer;

        protected override bool IsIdle => _below == 0;

        protected override void OnRequest(Exchange exchange)
        {
            if (!exchange.IsAnswered && TryAssign(exchange, _layer._directory.Current.Eligible.AsSpan()))
            {
                _below++;
                Send(exchange);
            }
            else
            {
                Reply(exchange);
            }
        }

        protected override void OnOutcome(Exchange exchange)
        {
            if (exchange.ConnectFailed && exchange.Unreachable is null && !exchange.IsAnswered && TryAnother(exchange))
            {
                Send(exchange);
                return;
            }

            _below--;
            exchange.ReleaseBackend(Judge(exchange));
            Reply(exchange);
        }

        protected override void OnLetGo(Exchange exchange)
        {
            _below--;
            exchange.ReleaseBackend(BackendOutcome.Inconclusive);
        }

        // A load that answered early has given its result away, and may have failed since.
        private static BackendOutcome Judge(Exchange exchange)
        {
            if (exchange.IsBackendBlamed)
            {
                return BackendOutcome.Failure;
            }

            if (exchange.HasHandlerFailed)
            {
                // Told to stop: by the deadline, so it was too late, or by its caller, which tells nothing.
                var isToldToStop = exchange.IsAnswered && !exchange.IsAnsweredEarly && !exchange.IsExpired;
                return isToldToStop ? BackendOutcome.Inconclusive : BackendOutcome.Failure;
            }

            if (exchange.IsAnsweredEarly || exchange.ResultKind == OutcomeKind.Value)
            {
                return exchange.IsExpired ? BackendOutcome.Failure : BackendOutcome.Success;
            }

            return exchange.ConnectFailed ? BackendOutcome.Failure : BackendOutcome.Inconclusive;
        }

        private bool TryAnother(Exchange exchange)
        {
            var failed = exchange.Backend;
            var others = _layer._directory.Current.Eligible.RemoveAll(status => ReferenceEquals(status.Backend, failed));
            if (failed is null || others.IsEmpty)
            {
                return false;
            }

            exchange.Unreachable = failed;
            exchange.ReleaseBackend(BackendOutcome.Failure);
            exchange.ClearResult();
            return TryAssign(exchange, others.AsSpan());
        }

        // Only a probe's verdict brings a backend back by itself; one that is drained or without a share waits for somebody's hand.
        private TimeSpan NextVerdict()
        {
            var next = TimeSpan.Zero;
            foreach (var status in _layer._directory.Current.All)
            {
                if (status.IsDraining || status.Weight == 0)
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

        private bool TryAssign(Exchange exchange, ReadOnlySpan<BackendStatus> candidates)
        {
            if (candidates.IsEmpty)
            {
                exchange.SetRefusal(RefusalReason.NoHealthyBackend, NextVerdict());
                return false;
            }

            try
            {
                exchange.Backend = candidates[candidates.Length == 1 ? 0 : _layer._policy.Pick(candidates)].Backend;
            }
            catch (Exception exception)
            {
                // A user's policy failed: that is this exchange's end, not the stream's.
                exchange.SetFault(exception);
                return false;
            }

            exchange.Backend.Assigned();
            exchange.PrefersFailure = exchange.Unreachable is null && candidates.Length > 1;
            return true;
        }
    }
}
