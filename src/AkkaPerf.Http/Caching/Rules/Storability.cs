using AkkaPerf.Caching;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>What a shared cache may do with a response, by what it says itself (RFC 9111, sections 3 and 4; RFC 5861; RFC 9213).</summary>
/// <param name="Lifetime">For how long it is fresh, counted from its making; zero for never without asking.</param>
/// <param name="IsHeuristic">Whether nobody said so and it was guessed.</param>
/// <param name="NeedsValidation">Whether it is never used without asking: <c>no-cache</c>.</param>
/// <param name="NeverStale">Whether it is never used stale: <c>must-revalidate</c>, <c>proxy-revalidate</c>, <c>s-maxage</c>, <c>no-cache</c>.</param>
/// <param name="IsForEverybody">Whether it says that it is for everybody: <c>public</c>, <c>s-maxage</c>.</param>
/// <param name="Withheld">The fields that are not given to others than the first client: <c>no-cache="…"</c>, <c>private="…"</c>; null for none.</param>
/// <param name="StaleWhileRevalidate">For how long after its life it may be used while it is refreshed.</param>
/// <param name="StaleIfError">For how long after its life it may be used when there is an error.</param>
internal sealed record Storability(
    TimeSpan Lifetime,
    bool IsHeuristic,
    bool NeedsValidation,
    bool NeverStale,
    bool IsForEverybody,
    string? Withheld,
    TimeSpan StaleWhileRevalidate,
    TimeSpan StaleIfError)
{
    // A tenth of the time since it last changed, as section 4.2.2 suggests, and a day at most.
    private const double HeuristicPart = 0.1;
    private static readonly TimeSpan LongestHeuristic = TimeSpan.FromDays(1);

    /// <summary>Judges a response to GET; null if it is not to be stored.</summary>
    /// <param name="request">The request's fields.</param>
    /// <param name="status">The response's status.</param>
    /// <param name="response">The response's fields.</param>
    /// <param name="rules">What else counts.</param>
    /// <param name="now">The wall clock when the response came.</param>
    public static Storability? Judge(IFieldSource request, int status, IFieldSource response, StoreRules rules, DateTimeOffset now)
    {
        var isTargeted = TargetedField.TryRead(response, rules.TargetedFields, out var said);
        if (!isTargeted)
        {
            said = default;
            ReadAll(response["Cache-Control"], ref said);
        }

        var asked = default(CacheControl);
        if (!rules.IgnoresClients)
        {
            ReadAll(request["Cache-Control"], ref asked);
        }

        if (!MayStore(request, status, response, (said, asked), rules))
        {
            return null;
        }

        var (lifetime, isExplicit) = ExplicitLifetime(response, said, isTargeted, now);
        if (!isExplicit && !said.Has(Directive.Public) && !IsHeuristicallyCacheable(status))
        {
            // Nothing says that it may be stored (section 3).
            return null;
        }

        if (!isExplicit && !said.Has(Directive.NoCache))
        {
            if (response["Set-Cookie"].Count > 0)
            {
                // It looks as if it were made for one client: a guess is not enough.
                return null;
            }

            var guessed = Guess(status, response, said, (rules.Profile, now));
            if (guessed <= TimeSpan.Zero && !HasValidator(response))
            {
                // Neither fresh nor to be made fresh: nothing that it could be used for.
                return null;
            }

            lifetime = guessed;
        }

        var needsValidation = said.Has(Directive.NoCache);
        if ((needsValidation || lifetime <= TimeSpan.Zero) && !HasValidator(response) && said.StaleWhileRevalidate is null && said.StaleIfError is null)
        {
            return null;
        }

        return new Storability(
            needsValidation ? TimeSpan.Zero : lifetime,
            IsHeuristic: !isExplicit,
            needsValidation,
            NeverStale: needsValidation || said.HasAny(Directive.MustRevalidate | Directive.ProxyRevalidate) || said.SharedMaxAge is not null,
            IsForEverybody: said.Has(Directive.Public) || said.SharedMaxAge is not null,
            Withheld: said.NoCacheFields is null ? said.PrivateFields : said.PrivateFields is null ? said.NoCacheFields : $"{said.NoCacheFields},{said.PrivateFields}",
            Seconds(said.StaleWhileRevalidate),
            Seconds(said.StaleIfError));
    }

    // Section 3, and 3.5 for Authorization.
    private static bool MayStore(
        IFieldSource request, int status, IFieldSource response, (CacheControl Said, CacheControl Asked) control, StoreRules rules)
    {
        var (said, asked) = control;
        var mustUnderstand = said.Has(Directive.MustUnderstand);
        if (status is < 200 or 206 or 304 || (mustUnderstand && !IsUnderstood(status)))
        {
            return false;
        }

        // must-understand overrides no-store for who understands it (section 5.2.2.3).
        if ((said.Has(Directive.NoStore) && !mustUnderstand) || asked.Has(Directive.NoStore) || said.Has(Directive.Private))
        {
            return false;
        }

        if (request["Authorization"].Count > 0 && !said.HasAny(Directive.Public | Directive.MustRevalidate) && said.SharedMaxAge is null)
        {
            return false;
        }

        // Who shows a cookie shows who he is, and that it must be revalidated does not say that it is for everybody, whatever the RFC makes of it.
        if (rules.Profile == HttpCacheProfile.Safe
            && (request["Cookie"].Count > 0 || request["Authorization"].Count > 0)
            && !said.Has(Directive.Public)
            && said.SharedMaxAge is null)
        {
            return false;
        }

        if (VaryRules.IsAnything(response["Vary"]))
        {
            return false;
        }

        return rules.Profile == HttpCacheProfile.Rfc9111 || response["Set-Cookie"].Count == 0;
    }

    private static (TimeSpan Lifetime, bool IsExplicit) ExplicitLifetime(IFieldSource response, in CacheControl said, bool isTargeted, DateTimeOffset now)
    {
        if ((said.SharedMaxAge ?? said.MaxAge) is { } seconds)
        {
            return (TimeSpan.FromSeconds(seconds), true);
        }

        // A targeted field stands in the place of both (RFC 9213, section 2.2).
        if (isTargeted || response["Expires"] is not { Count: > 0 } expires)
        {
            return (TimeSpan.Zero, false);
        }

        // One that cannot be read lies in the past (section 5.3).
        if (expires.Count > 1 || !HttpDate.TryParse(expires[0], now, out var end))
        {
            return (TimeSpan.Zero, true);
        }

        var made = response["Date"] is [{ } date] && HttpDate.TryParse(date, now, out var told) ? told : now;
        return (end > made ? Shorter(end - made, TimeSpan.FromSeconds(CacheControl.Longest)) : TimeSpan.Zero, true);
    }

    // Section 4.2.2: for statuses that allow it, or where it is said to be public.
    private static TimeSpan Guess(int status, IFieldSource response, in CacheControl said, (HttpCacheProfile Profile, DateTimeOffset Now) how)
    {
        var isAllowed = how.Profile == HttpCacheProfile.Rfc9111
            ? IsHeuristicallyCacheable(status) || said.Has(Directive.Public)
            : status is 200 or 203 or 301 or 308;
        if (!isAllowed
            || response["Last-Modified"] is not [{ } modified]
            || !HttpDate.TryParse(modified, how.Now, out var changed))
        {
            return TimeSpan.Zero;
        }

        var made = response["Date"] is [{ } date] && HttpDate.TryParse(date, how.Now, out var told) ? told : how.Now;
        var guess = (made - changed) * HeuristicPart;
        return guess < LongestHeuristic ? guess : LongestHeuristic;
    }

    private static bool HasValidator(IFieldSource response) =>
        (response["ETag"] is [{ } tag] && EntityTag.IsValid(tag)) || response["Last-Modified"].Count == 1;

    // RFC 9110, section 15.1.
    private static bool IsHeuristicallyCacheable(int status) => status is 200 or 203 or 204 or 300 or 301 or 308 or 404 or 405 or 410 or 414 or 501;

    private static bool IsUnderstood(int status) => status is
        200 or 203 or 204 or 300 or 301 or 302 or 303 or 307 or 308 or 400 or 401 or 403 or 404 or 405 or 410 or 414 or 500 or 501 or 502 or 503 or 504;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Seconds(long? seconds) => TimeSpan.FromSeconds(seconds ?? 0);

    private static void ReadAll(Microsoft.Extensions.Primitives.StringValues lines, ref CacheControl control)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            control.Read(lines[i]);
        }
    }
}
