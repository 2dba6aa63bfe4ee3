using AkkaPerf.Caching;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Caching;

/// <summary>All that is stored of one URL, the newest first. Never changes.</summary>
/// <remarks>
/// The second level has one entry for all of them, which processes that share it unite with what they write: so a purge of the URL takes them
/// all by one key, in every process, and the limit of variants holds for all processes together. An entry for each variant would have to be
/// found again to be purged, and a variant written late would outlive the purge. Price: who writes one of several reads them first, and looks again
/// some seconds later whether another process, which had read before, has taken it away.
/// </remarks>
internal sealed class StoredSet : ProxyResponse
{
    // Where they vary by the same fields one request has one variant at most.
    private readonly bool _isMixed;

    public StoredSet(params StoredResponse[] variants)
    {
        Variants = variants;
        var names = variants[0].Head.Variance.Names;
        _isMixed = Array.Exists(variants, variant => !variant.Head.Variance.Names.AsSpan().SequenceEqual(names));
    }

    public StoredResponse[] Variants { get; }

    /// <summary>What was just dropped, and is not to come back from the second level; null for nothing. It is not stored.</summary>
    public StoredResponse? Dropped { get; private init; }

    /// <summary>Whether there may be others that this process does not know.</summary>
    public bool HasKin => Dropped is not null || Variants.Any(static variant => variant.Head.Variance is { Names.Length: > 0 } or { Scope.Length: > 0 });

    public override int StatusCode => throw Unsent();

    /// <summary>When the oldest of them was asked for, as a timestamp: a purge that one has not heard of yet takes all.</summary>
    public long AskedAt => Variants.Min(static variant => variant.Head.AskedAt);

    /// <summary>An estimate of what it takes.</summary>
    public long Bytes => Variants.Sum(static variant => variant.Weight);

    public override Task WriteToAsync(HttpContext context) => throw Unsent();

    /// <summary>The one that answers a request, of several the one made last (RFC 9111, section 4); null if none does.</summary>
    public StoredResponse? Select<TFields>(string scope, TFields request)
        where TFields : IFieldSource
    {
        StoredResponse? found = null;
        foreach (var variant in Variants)
        {
            if (!variant.Head.Variance.Matches(scope, request))
            {
                continue;
            }

            if (!_isMixed)
            {
                return variant;
            }

            if (found is null || variant.Head.MadeAt > found.Head.MadeAt)
            {
                found = variant;
            }
        }

        return found;
    }

    /// <summary>The same with one more, in the place of one that answers the same requests; without those whose time is over.</summary>
    public StoredSet With(StoredResponse added, int most, long now) => new(
    [
        added,
        .. Variants.Where(other => !other.Head.Variance.IsSame(added.Head.Variance) && now < other.Head.KeepUntil).Take(most - 1),
    ]);

    /// <summary>The same with one that was found not to have changed in its own place, though it may answer other requests by now.</summary>
    public StoredSet With(StoredResponse known, StoredResponse fresh, int most, long now)
    {
        if (known.Head.Variance.IsSame(fresh.Head.Variance))
        {
            return With(fresh, most, now);
        }

        var rest = Variants.Where(other => other != known && !other.Head.Variance.IsSame(fresh.Head.Variance) && now < other.Head.KeepUntil);
        return new([fresh, .. rest.Take(most - 1)]) { Dropped = known };
    }

    /// <summary>The same without one; null if nothing is left.</summary>
    public StoredSet? Without(StoredResponse removed) =>
        Variants.Length == 1 && Variants[0] == removed ? null : new([.. Variants.Where(other => other != removed)]) { Dropped = removed };

    /// <summary>The same with another process's; of those that answer the same requests the one asked for later stays.</summary>
    public StoredSet With(StoredSet others, int most, long now)
    {
        var all = Variants.Where(own => now < own.Head.KeepUntil).DefaultIfEmpty(Variants[0]).ToList();
        foreach (var other in others.Variants)
        {
            if (now >= other.Head.KeepUntil || (Dropped is { } dropped && other.Head.Variance.IsSame(dropped.Head.Variance) && other.Head.AskedAt <= dropped.Head.AskedAt))
            {
                continue;
            }

            var same = all.FindIndex(variant => variant.Head.Variance.IsSame(other.Head.Variance));
            if (same < 0)
            {
                all.Add(other);
            }
            else if (other.Head.AskedAt > all[same].Head.AskedAt)
            {
                all[same] = other;
            }
        }

        return new([.. all.OrderByDescending(static variant => variant.Head.AskedAt).Take(most)]);
    }

    /// <summary>Whether another one, as the second level has it, lacks nothing of it.</summary>
    public bool IsWithin(StoredSet others, CacheClock clock)
    {
        // Moments on the wall are rounded.
        var tolerance = clock.Ticks(TimeSpan.FromMilliseconds(1));
        return Variants.Length == others.Variants.Length
            && Array.TrueForAll(Variants, own => Array.Exists(
                others.Variants, other => other.Head.Variance.IsSame(own.Head.Variance) && other.Head.AskedAt + tolerance >= own.Head.AskedAt));
    }

    /// <summary>How long it is kept, and by what it can be purged; null if its time is over.</summary>
    public CachingVerdict? ToVerdict(CacheClock clock)
    {
        var left = clock.Span(Variants.Max(static variant => variant.Head.KeepUntil) - clock.Now);
        if (left <= TimeSpan.Zero)
        {
            return null;
        }

        var options = new CacheEntryOptions
        {
            Ttl = left,
            Bytes = Bytes,
            StaleWhileRevalidate = TimeSpan.Zero,
            StaleIfError = TimeSpan.Zero,
            Eager = 0,
            Jitter = 0,
        };
        return CachingVerdict.Keep(options, [.. Variants.SelectMany(static variant => variant.Head.Tags).Distinct(StringComparer.Ordinal)]);
    }

    private static NotSupportedException Unsent() => new("What is stored of a URL is no response.");
}
