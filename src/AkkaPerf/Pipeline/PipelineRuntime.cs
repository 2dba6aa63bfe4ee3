using Akka.Actor;
using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>A started pipeline without its types: its supervisor, its figures, its end.</summary>
internal sealed class PipelineRuntime
{
    private static readonly RefusalReason[] Reasons = Enum.GetValues<RefusalReason>();

    private static readonly TransitionKind[] Kinds = Enum.GetValues<TransitionKind>();

    private readonly PipelineCore _core;
    private readonly IActorRef _supervisor;

    public PipelineRuntime(PipelineCore core, IActorRef supervisor)
    {
        _core = core;
        _supervisor = supervisor;
    }

    public PipelineCore Core => _core;

    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _supervisor.Tell(new PipelineSupervisor.Protocol.Drain(), ActorRefs.NoSender);
        await _core.WhenStopped.WaitAsync(cancellationToken).ConfigureAwait(false);
        _core.Streams?.End();
    }

    // What handlers have left open goes on beside the successor, until it ends by itself or this one is drained after all.
    public Task RetireAsync(bool hasSuccessor = true)
    {
        _core.IsRetired = true;
        _core.HasSuccessor = hasSuccessor;
        _supervisor.Tell(new PipelineSupervisor.Protocol.Retire(), ActorRefs.NoSender);
        return _core.WhenStopped;
    }

    public PipelineSnapshot Describe()
    {
        var set = _core.Directory?.Current;
        var counters = _core.Counters;
        var readiness = _core.Readiness;
        return new PipelineSnapshot
        {
            Name = _core.Name,
            State = _core.State,
            IsReady = readiness == PipelineReadiness.Ready,
            Readiness = readiness,
            InFlight = _core.Door.Inside,
            Capacity = _core.Options.Ingress.Capacity,
            Waiting = _core.DescribeWaiting(),
            Places = _core.Options.Throttle.Queue,
            Permits = new PermitSnapshot(_core.Permits.Limit, _core.Permits.InUse),
            Zombies = counters.Zombies,
            Streams = _core.Streams?.Count ?? 0,
            Answered = counters.Answered + (_core.Cache?.Counters.LocalHits ?? 0),
            Faulted = counters.Faulted,
            Refused = Reasons.ToDictionary(reason => reason.ToString(), counters.Refused),
            Cache = _core.Cache is not { } cache
                ? null
                : new CacheSnapshot(
                    cache.Counters.LocalHits,
                    cache.Counters.Misses,
                    cache.Counters.Joined,
                    cache.First.Count,
                    cache.First.Bytes,
                    cache.First.Evicted,
                    cache.First.Expired)
                {
                    Stale = cache.Counters.Stale,
                    Refreshes = cache.Counters.Refreshes,
                    Invalidated = cache.Counters.Invalidated,
                    DistributedHits = cache.Counters.DistributedHits,
                    Distributed = cache.Second is { } second ? SecondLevelStatistics.Of(second, cache.WritesDropped, cache.IsCurrent) : null,
                },
            Retrying = _core.Retrying is { } retrying
                ? new RetrySnapshot(retrying.Retries, retrying.Hedges, retrying.HedgesWon, retrying.RefusedByBudget)
                : null,
            Backends = set is null ? [] : [.. set.All.Select(status => new BackendSnapshot
            {
                Id = status.Backend.Id,
                Address = AddressText.Mask(status.Backend.Address),
                Weight = status.Weight,
                State = status.Health,
                IsDraining = status.IsDraining,
                Cause = status.Cause,
                Since = status.ChangedAt,
                InFlight = status.Backend.InFlight,
                Succeeded = status.Backend.Succeeded,
                Failed = status.Backend.Failed,
                Connections = _core.Pools?.Find(status.Backend)?.Snapshot is not { } pool
                    ? null
                    : new ConnectionSnapshot(pool.Open, pool.Idle, pool.Leased, pool.Waiting),
            })],
            IsPanicking = set is { IsPanicking: true },
            Transitions = Kinds.ToDictionary(kind => kind.ToString(), kind => _core.Directory?.Transitions.Count(kind) ?? 0),
            Restarts = _core.Restarts,
        };
    }
}
