using AkkaPerf.Balancing;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;

namespace AkkaPerf.Pipeline;

/// <summary>Grants on its caller's own thread what nobody waits for, and ends it where its handler ended: no way through the island.</summary>
/// <remarks>
/// Problem: with several cores at work an exchange that goes through the island crosses from one to another at every step, which costs more than all
/// that is decided about it.
/// Rule: what the island would grant at once is granted here, by what any thread may take: a permit, a backend, a connection. Nobody is overtaken:
/// while somebody waits, all go through the island. So does whatever ends in anything but an answer, since it may be tried again.
/// Of what it cannot know of, tries side by side, waiting at the door, a pipeline is made without it.
/// </remarks>
internal sealed class FastPath
{
    private readonly PipelineCore _core;
    private readonly FastDeadlines _deadlines;

    private FastPath(PipelineCore core)
    {
        _core = core;
        _deadlines = new FastDeadlines(core.Time);
    }

    /// <summary>That of a pipeline; null if it has none.</summary>
    public static FastPath? Of(PipelineCore core)
    {
        var runsHere = core.Options.Dispatcher == DispatcherKind.Inline || (core.Traits & HandlerTraits.NonBlocking) != HandlerTraits.None;
        return runsHere && core.Options.Ingress.WhenFull == WhenFull.Reject && core.Retrying is not { Forks: true }
            ? new FastPath(core)
            : null;
    }

    /// <summary>Grants an exchange, whose handler is then to be run right here; false if the island has to decide, which goes on from what it was given.</summary>
    public bool TryGrant(Exchange exchange)
    {
        if (!exchange.CountsInside || exchange.AffinityFault is not null || !IsAllowed() || !(exchange.Key is null ? TryPermit(exchange) : TryLoad(exchange)))
        {
            return false;
        }

        if (!exchange.HasPermit || exchange.IsAnswered || !TryAssign(exchange))
        {
            GoToIsland(exchange);
            return false;
        }

        if (_core.Options.Throttle.Queue == 0 && _core.Permits.Free <= 0)
        {
            // Nobody may wait: the stage has the door refuse from now on.
            _core.Permits.NotifyChanged();
        }

        exchange.Note("akkaperf.connections.granted");
        _deadlines.Add(exchange);
        exchange.GrantHere();
        return true;
    }

    /// <summary>Takes an exchange whose handler has ended. Any thread.</summary>
    public void Ended(Exchange exchange)
    {
        _deadlines.Remove(exchange);
        exchange.Phase = ExchangePhase.OnIsland;
        exchange.MarkEnded(justNow: true);

        // A handler that failed or was told to stop may have left its connection in the middle of something.
        exchange.ReleaseLease(isBroken: exchange.HasHandlerFailed);
        var isOver = IsOver(exchange);
        if (exchange.Backend is not null)
        {
            // Before it comes back too: it must not wait for room that it takes itself.
            TellBackend(exchange);
        }

        if (!isOver)
        {
            GoToIsland(exchange);
            exchange.Fast.CameBack = true;
            _core.Submit(exchange);
            return;
        }

        if (exchange.Fast.IsLoad)
        {
            // Kept before it can be seen to have ended: whoever comes too late to join finds it in the cache.
            Keep(exchange);
        }

        exchange.HasPermit = false;
        _core.Permits.Release();
        exchange.Fast.End(out var wasAbandoned, out var wasFollowed);
        if (wasAbandoned)
        {
            _core.Counters.ZombieEnded();
        }

        if (wasFollowed)
        {
            exchange.AnswerWithResult();
            _core.Caching.PostFollowed(exchange);
        }
        else
        {
            Finish(exchange);
        }
    }

    /// <summary>Answers all who run so: nobody will take care of them any more.</summary>
    public void Refuse(RefusalReason reason) => _deadlines.Refuse(reason);

    /// <summary>No deadline passes any more.</summary>
    public void Stop()
    {
        _deadlines.Stop();
        _deadlines.Refuse(RefusalReason.PipelineStopping);
    }

    // Whatever failed may be tried again, or says something of its key; but not for a caller who has left.
    private static bool IsOver(Exchange exchange) =>
        exchange.IsAnswered
        || (exchange.ResultKind == OutcomeKind.Value ? !exchange.Tries.WantsAnother : exchange.Backend is null && exchange.Key is null);

    // Before the pipeline has started all wait in its inbox, and its pools may not be there yet. Where backends have limits, the balancing stage keeps order
    // among those who wait for them.
    private bool IsAllowed() => _core.Ingress is { Epoch: > 0, Outside: 0 } && _core.Directory is not { Current.HasLimits: true };

    // One that was abandoned meanwhile is found answered there: that is all there is to be told.
    private void GoToIsland(Exchange exchange)
    {
        if (exchange.Fast.GoToIsland())
        {
            _core.Counters.ZombieEnded();
        }
    }

    private bool TryPermit(Exchange exchange)
    {
        if (!TryTakePermit(exchange))
        {
            return false;
        }

        exchange.Fast.Begin();
        Permit(exchange);
        return true;
    }

    // With a start, if there is a rate: it came just now.
    private bool TryTakePermit(Exchange exchange)
    {
        if (!_core.Permits.TryTakeUnawaited())
        {
            return false;
        }

        if (_core.Starts.TryTake(exchange.CameAt))
        {
            return true;
        }

        _core.Permits.Release();
        return false;
    }

    private static void Permit(Exchange exchange)
    {
        exchange.HasPermit = true;
        exchange.Note("akkaperf.throttling.permitted");
    }

    // Makes it its key's load, with a permit if there is one; false if it is none and has none.
    private bool TryLoad(Exchange exchange)
    {
        var levels = _core.Cache!;
        var key = exchange.Key!;
        if (levels.Second is not null || exchange.SkipsCache || exchange.Outdated is not null || _core.Permits.IsAwaited
            || _core.Caching.Unshareable.Contains(key) || levels.Failed.IsPaused(key, out _))
        {
            return false;
        }

        exchange.Fast.Begin();
        exchange.Fast.IsLoad = true;
        _core.Keeper!.Begin(exchange, exchange.CameAt);
        if (!_core.Loads!.TryAdd(exchange))
        {
            GoToIsland(exchange);
            exchange.Fast.Leave();
            return false;
        }

        // Whoever loaded it meanwhile has kept it before his load was over: found on the way through the island.
        if (levels.Peek(key, exchange.CameAt) is null && TryTakePermit(exchange))
        {
            Permit(exchange);
        }

        return true;
    }

    private void Keep(Exchange exchange)
    {
        if (exchange.Entry is { } entry)
        {
            _core.Keeper!.Keep(exchange, entry, exchange.HandlerEndedAt);
        }

        _core.Cache!.Counters.Loaded(exchange.HandlerEndedAt - exchange.SentAt, hasFailed: exchange.ResultKind != OutcomeKind.Value && !exchange.IsAnsweredEarly);
    }

    // Its end, but for its place: that goes to whoever waits for one, which is the island's business.
    private void Finish(Exchange exchange)
    {
        if (exchange.Fast.IsLoad)
        {
            exchange.Fast.IsLoad = false;
            _core.Loads!.Remove(exchange);
        }

        if (_core.Ingress.Outside > 0)
        {
            exchange.AnswerWithResult();
            _core.Submit(exchange);
            return;
        }

        // Free before it is answered: whoever goes on then finds it so. One that has been answered may be another's once it is returned.
        var isAnswered = exchange.IsAnswered;
        exchange.CountsInside = false;
        _core.LeaveFast();
        exchange.Return();
        if (!isAnswered)
        {
            // A handler that blocks nobody has a thread that its caller may go on on.
            exchange.AnswerWithResult(goesOnHere: (_core.Traits & HandlerTraits.NonBlocking) != HandlerTraits.None);
        }
    }

    private bool TryAssign(Exchange exchange)
    {
        if (_core.Directory is not { } directory)
        {
            return true;
        }

        // It came just now.
        var now = exchange.CameAt;
        try
        {
            if (_core.Balancing!.Selector.TryAssign(exchange.Affinity ?? exchange.Key, tried: null, now, out var found, exchange.Span) != Selection.Found)
            {
                return false;
            }

            exchange.Assign(found!, now, hasWaited: false);
        }
        catch (Exception)
        {
            // A user's policy failed: it may say so once more, where that is answered.
            return false;
        }

        exchange.PrefersFailure = directory.Current.Eligible.Length > 1;
        if (_core.Pools is not { } pools)
        {
            return true;
        }

        exchange.Lease = pools.Find(exchange.Backend!)?.TryAcquire(exchange);
        return exchange.Lease is not null;
    }

    private void TellBackend(Exchange exchange)
    {
        var now = exchange.HandlerEndedAt;
        exchange.ReleaseBackend(BackendVerdict.Of(exchange), now);
        _core.Retrying?.Count(exchange, now);
        if (_core.Directory!.Current.HasLimits)
        {
            _core.Directory.NotifyRoomFreed();
        }
    }
}
