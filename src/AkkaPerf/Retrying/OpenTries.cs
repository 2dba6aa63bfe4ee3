using AkkaPerf.Exchanges;

namespace AkkaPerf.Retrying;

/// <summary>Tries that are exchanges of their own, and the exchanges they are made for. Decides who wins; sends nothing.</summary>
/// <remarks>
/// A try holds the permit. One that is let go keeps it, and its lease, until its handler has ended, while its exchange goes on. Each try is claimed
/// once: by its handler with an early answer, by its end, or by letting it go; whoever comes first decides. The result of an exchange
/// is written only from a try that is claimed, when no other can answer early any more. The island's thread.
/// </remarks>
internal sealed class OpenTries
{
    private readonly RetryingPort _port;
    private readonly RetryRules _rules;
    private readonly OpenExchanges _open;

    // Told to stop, and not ended yet.
    private readonly HashSet<Exchange> _letGo = [];

    public OpenTries(RetryingPort port, RetryRules rules)
    {
        _port = port;
        _rules = rules;
        _open = new OpenExchanges(port.Hedge.Enabled, port.Retry.Attempts > 0 ? Ticks(port.Retry.AttemptTimeout) : 0);
    }

    /// <summary>Whether no exchange waits for the end of a try.</summary>
    public bool IsEmpty => _open.IsEmpty;

    /// <summary>Whether any try may still get a second one beside it.</summary>
    public bool HedgesSomething => _open.FirstToBeHedged is not null;

    /// <summary>Makes a try, which is to be sent.</summary>
    public Exchange Begin(Exchange exchange, long now)
    {
        _port.Count(exchange, now);
        exchange.Tries.BeganAt = now;
        var attempt = exchange.Tries.First = exchange.CreateTry();
        MovePermit(exchange, attempt);
        _open.Add(exchange);
        return attempt;
    }

    /// <summary>Takes the end of a try.</summary>
    /// <returns>The exchange, with its result and its permit, if it is decided thereby; else null.</returns>
    public Exchange? End(Exchange attempt)
    {
        if (_letGo.Remove(attempt))
        {
            Drop(attempt);
            return null;
        }

        var exchange = attempt.Leader!;
        var other = OtherThan(attempt, exchange);
        var hasAnsweredEarly = !attempt.TryEnd();
        var answers = hasAnsweredEarly || (attempt.ResultKind == OutcomeKind.Value && !attempt.Tries.WantsAnother);
        if (answers && attempt.EndedAt > 0)
        {
            _port.Latencies?.Record(attempt.Took, attempt.EndedAt);
        }

        if (other is not null && (!answers || !TryLetGo(other, RefusalReason.Cancelled)))
        {
            // The other one still runs, or was faster after all.
            LeaveTo(other, exchange);
            if (hasAnsweredEarly)
            {
                exchange.TakeEnd(attempt);
            }

            RetryRules.Exclude(exchange, attempt.LastBackend);
            Drop(attempt);
            return null;
        }

        if (answers)
        {
            CountWin(attempt);
        }

        Close(exchange);
        exchange.TakeEnd(attempt);
        MovePermit(attempt, exchange);
        attempt.Return();
        return exchange;
    }

    /// <summary>Takes notice of those that answered early: whoever runs beside them is let go.</summary>
    public void TakeEarlyAnswers()
    {
        do
        {
            while (_port.AnsweredEarly.TryTake(out var attempt))
            {
                // Else another island's, or one that has ended since.
                if (attempt.Leader is { } exchange && _open.Contains(exchange)
                    && (exchange.Tries.First == attempt || exchange.Tries.Second == attempt))
                {
                    CountWin(attempt);
                    _open.LeaveAlone(exchange);
                    if (OtherThan(attempt, exchange) is { } other && TryLetGo(other, RefusalReason.Cancelled))
                    {
                        LeaveTo(attempt, exchange);
                    }
                }
            }
        }
        while (!_port.AnsweredEarly.TrySleep());
    }

    /// <summary>Lets the tries of an exchange go for which nobody waits any more; false if it has none.</summary>
    public bool TryAbandon(Exchange exchange)
    {
        if (!_open.Contains(exchange))
        {
            return false;
        }

        var reason = exchange.IsExpired ? RefusalReason.DeadlinePassed : RefusalReason.Cancelled;
        LetGo(exchange.Tries.First!, reason);
        if (exchange.Tries.Second is { } second)
        {
            LetGo(second, reason);
        }

        Close(exchange);
        return true;
    }

    /// <summary>Gives up a try that takes too long, if another may follow; its exchange then has neither a try nor a permit.</summary>
    public Exchange? GiveUpNext(long now)
    {
        while (_open.FirstOverdue(now) is { } exchange)
        {
            if (TryGiveUp(exchange, now))
            {
                return exchange;
            }

            _open.LeaveAlone(exchange);
        }

        return null;
    }

    /// <summary>Makes a second try beside one that is slow, which is to be sent; null if there is none due, or allowed.</summary>
    public Exchange? HedgeNext(long now)
    {
        if (!TryFindHedgeDelay(now, out var delay))
        {
            return null;
        }

        while (_open.FirstToBeHedged is { } exchange && exchange.Tries.BeganAt + delay <= now)
        {
            _open.Hedged(exchange);
            if (_rules.TryGrantHedge(exchange, now))
            {
                _port.CountHedge();
                var second = exchange.Tries.Second = exchange.CreateTry();
                second.Tries.IsHedge = true;
                second.HasPermit = true;
                return second;
            }
        }

        return null;
    }

    /// <summary>When something is to be done next, as a timestamp. What is due already waits for demand from below.</summary>
    public long NextDue(long now)
    {
        var timeout = _open.NextTimeout(out _);
        return _open.FirstToBeHedged is { } next && TryFindHedgeDelay(now, out var delay) && next.Tries.BeganAt + delay > now
            ? Math.Min(timeout, next.Tries.BeganAt + delay)
            : timeout;
    }

    /// <summary>The island ends: tries have nobody else who would return them.</summary>
    public void Stop()
    {
        while (_open.TryTake(out var exchange))
        {
            Refuse(exchange.Tries.First);
            Refuse(exchange.Tries.Second);
        }

        foreach (var attempt in _letGo)
        {
            Refuse(attempt);
        }
    }

    private static void Refuse(Exchange? attempt)
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

    private static Exchange? OtherThan(Exchange attempt, Exchange exchange) =>
        exchange.Tries.First == attempt ? exchange.Tries.Second : exchange.Tries.First;

    private static void LeaveTo(Exchange attempt, Exchange exchange)
    {
        exchange.Tries.First = attempt;
        exchange.Tries.Second = null;
    }

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

        // Its permit is with the try that was given up: it has to wait for another.
        exchange.Tries.ResumesAt = Math.Max(now, exchange.Tries.ResumesAt);
        return true;
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

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _port.Time.TimestampFrequency);
}
