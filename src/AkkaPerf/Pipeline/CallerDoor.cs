using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;

namespace AkkaPerf.Pipeline;

/// <summary>Where callers pass the door, or learn why not. Any thread; a refusal allocates nothing.</summary>
internal sealed class CallerDoor
{
    private readonly PipelineCore _core;

    // Whoever finds no start left must not wait for one: the stage would say nothing else, a hop later.
    private readonly bool _asksForStart;

    public CallerDoor(PipelineCore core)
    {
        _core = core;
        _asksForStart = core.Options.Throttle.Queue == 0 && !core.Starts.IsUnlimited;
    }

    /// <summary>Passes the door.</summary>
    /// <param name="key">What the cache knows the request by.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <param name="refusal">Why not.</param>
    /// <param name="retryAfter">When to come again, if that can be told.</param>
    /// <param name="countsInside">Whether a place inside was taken; else the stage is asked for one.</param>
    public bool TryEnter(string? key, CancellationToken cancellationToken, out RefusalReason refusal, out TimeSpan retryAfter, out bool countsInside)
    {
        countsInside = false;
        if (IsRefused(cancellationToken, out refusal, out retryAfter))
        {
            return false;
        }

        var door = _core.Door;
        if (door.WhenFull == WhenFull.Wait)
        {
            refusal = RefusalReason.PipelineStopping;
            return _core.Ingress.TryApproach();
        }

        if (door.Shedding is { } shedding && (key is null || !_core.Loads!.CanJoin(key)))
        {
            refusal = shedding;
            retryAfter = door.ShedRetryAfter;
            return false;
        }

        if (_asksForStart && LacksStart(out var untilStart) && (key is null || !_core.Loads!.CanJoin(key)))
        {
            refusal = RefusalReason.RateLimited;
            retryAfter = untilStart;
            _core.Overload?.RefusedByRate();
            return false;
        }

        countsInside = _core.Ingress.TryEnter();
        refusal = door.Closed == RefusalReason.PipelineStopping ? RefusalReason.PipelineStopping : RefusalReason.QueueFull;
        if (!countsInside && refusal == RefusalReason.QueueFull)
        {
            _core.Overload?.RefusedAtDoor();
        }

        return countsInside;
    }

    /// <summary>The same for one who waits for room whatever <c>when-full</c> says.</summary>
    public bool TryApproach(CancellationToken cancellationToken, out RefusalReason refusal, out TimeSpan retryAfter)
    {
        if (IsRefused(cancellationToken, out refusal, out retryAfter))
        {
            return false;
        }

        refusal = RefusalReason.PipelineStopping;
        return _core.Ingress.TryApproach();
    }

    /// <summary>Takes a place inside for what nobody waits for: only while there is room for callers too.</summary>
    public bool TryEnterBehind() =>
        _core.Door is { Closed: null, Shedding: null } && !(_asksForStart && LacksStart(out _)) && _core.Ingress.TryEnter();

    // Where permits are out as well, they are to blame.
    private bool LacksStart(out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (_core.Permits.Free <= 0 || _core.Starts.HasAny(_core.Time.GetTimestamp(), out var ticks))
        {
            return false;
        }

        retryAfter = TimeSpan.FromSeconds((double)ticks / _core.Time.TimestampFrequency);
        return true;
    }

    // Whoever comes, whether for a place or to wait for one.
    private bool IsRefused(CancellationToken cancellationToken, out RefusalReason refusal, out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (_core.Door.Closed is { } closed)
        {
            refusal = closed;
            retryAfter = closed == RefusalReason.PipelineRestarting ? _core.Door.ClosedRetryAfter : default;
            return true;
        }

        refusal = RefusalReason.Cancelled;
        return cancellationToken.IsCancellationRequested;
    }
}
