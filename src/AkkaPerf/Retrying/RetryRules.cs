using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Retrying;

/// <summary>Decides whether an exchange gets another try, and when. The budget is asked last, so that it pays for nothing else.</summary>
internal sealed class RetryRules
{
    private readonly RetryingPort _port;

    public RetryRules(RetryingPort port) => _port = port;

    /// <summary>Grants another try, on another backend than those before; the exchange then says when.</summary>
    /// <param name="exchange">What has been tried.</param>
    /// <param name="last">The backend that was tried last; null if none was found.</param>
    /// <param name="now">The timestamp of now.</param>
    public bool TryGrant(Exchange exchange, Backend? last, long now)
    {
        ref var tries = ref exchange.Tries;
        if (exchange.IsAnswered
            || tries.Done >= _port.Retry.Attempts
            || !_port.BackOff.TryNext(tries.Done, tries.PausedTicks, tries.AfterTicks, out var pause)
            || now + pause >= exchange.WaitedForUntil()
            || !TryFindOthers(exchange, last, out var tried)
            || !TryWithdraw(now, out _))
        {
            return false;
        }

        exchange.Tried = tried;
        tries.Done++;
        tries.PausedTicks = pause;
        tries.ResumesAt = pause > 0 || _port.IsRateLimited ? Math.Max(1, now + pause) : 0;
        return true;
    }

    /// <summary>Grants a try beside the one that runs, which has its permit then.</summary>
    public bool TryGrantHedge(Exchange exchange, long now)
    {
        var first = exchange.Tries.First!;
        if (exchange.IsAnswered || first.IsAnswered || first.Backend is not { } backend)
        {
            return false;
        }

        var tried = Exclude(exchange, backend);
        if (!tried.LeavesAnyOf(_port.Directory.Current))
        {
            return false;
        }

        if (!TryWithdraw(now, out var step))
        {
            return false;
        }

        if (!_port.TryTakePermit())
        {
            _port.Budget.GiveBack(step);
            return false;
        }

        // Known to the first one as well: if its connect fails, it must not go where the second one is.
        first.Tried = tried;
        return true;
    }

    /// <summary>Sees to it that a backend is not asked again.</summary>
    public static TriedBackends Exclude(Exchange exchange, Backend? backend)
    {
        var tried = exchange.Tried ??= new TriedBackends();
        if (backend is not null)
        {
            tried.Add(backend);
        }

        return tried;
    }

    private bool TryWithdraw(long now, out long step)
    {
        if (_port.Budget.TryWithdraw(now, out step))
        {
            return true;
        }

        _port.CountRefusedByBudget();
        return false;
    }

    // Null: any, as all have been tried and that is allowed.
    private bool TryFindOthers(Exchange exchange, Backend? last, out TriedBackends? tried)
    {
        tried = Exclude(exchange, last);
        var set = _port.Directory.Current;
        if (tried.LeavesAnyOf(set))
        {
            return true;
        }

        tried = null;
        return _port.Retry.SameBackend && set.Eligible.Length > 0;
    }
}
