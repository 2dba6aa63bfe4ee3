using System.Collections.Concurrent;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>Keeps what a pipeline looked like at the first refusal of each reason since it was last asked. Any thread.</summary>
internal sealed class RefusalLog
{
    private readonly PipelineCore _core;
    private readonly ConcurrentQueue<RefusalSnapshot> _refusals = new();

    public RefusalLog(PipelineCore core)
    {
        _core = core;
        core.Counters.Refusals.Seen = Keep;
    }

    /// <summary>Takes what has been kept; the next refusal of each reason is kept anew.</summary>
    public IReadOnlyList<RefusalSnapshot> Take()
    {
        var taken = new List<RefusalSnapshot>();
        while (_refusals.TryDequeue(out var refusal))
        {
            taken.Add(refusal);
        }

        _core.Counters.Refusals.Await();
        return taken;
    }

    private void Keep(RefusalReason reason) => _refusals.Enqueue(new RefusalSnapshot
    {
        At = _core.Time.GetUtcNow(),
        Reason = reason,
        InFlight = _core.Door.Inside,
        Capacity = _core.Options.Ingress.Capacity,
        Waiting = _core.DescribeWaiting(),
        Places = _core.Options.Throttle.Queue,
        Permits = new PermitSnapshot(_core.Permits.Limit, _core.Permits.InUse),
        Backends = _core.Directory?.Current,
    });
}
