using AkkaPerf.Http.Caching.Rules;

namespace AkkaPerf.Http.Caching;

/// <summary>Decides what may be done with a stored response (RFC 9111, sections 4 and 5.2.1; RFC 5861).</summary>
internal static class ReuseRules
{
    /// <summary>Decides it for one request.</summary>
    /// <param name="stored">The stored response.</param>
    /// <param name="asked">The request's Cache-Control.</param>
    /// <param name="now">The time, as a timestamp.</param>
    /// <param name="frequency">Timestamps a second.</param>
    public static Reuse Decide(StoredResponse stored, in CacheControl asked, long now, long frequency)
    {
        var head = stored.Head;
        var freshUntil = stored.FreshUntil;
        var isFresh = now < freshUntil && !head.Rules.NeedsValidation;
        var bearsStale = asked.MaxStale is { } stale && !head.Rules.NeverStale && (now - freshUntil) / frequency <= stale;
        if (asked.Has(Directive.NoCache)
            || (asked.MaxAge is { } most && ((now - head.BornAt) / frequency > most || most == 0) && !bearsStale)
            || (asked.MinFresh is { } least && (freshUntil - now) / frequency < least))
        {
            return Reuse.Ask;
        }

        if (isFresh || bearsStale || stored.IsHeld(now))
        {
            return Reuse.Give;
        }

        return now < stored.RevalidateUntil ? Reuse.GiveAndRefresh : Reuse.Ask;
    }
}
