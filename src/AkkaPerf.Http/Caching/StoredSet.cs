using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Caching;

/// <summary>All that is stored of one URL, the newest first. Never changes.</summary>
internal sealed class StoredSet : ProxyResponse
{
    public StoredSet(params StoredResponse[] variants) => Variants = variants;

    public StoredResponse[] Variants { get; }

    public override int StatusCode => throw Unsent();

    /// <summary>An estimate of what it takes.</summary>
    public long Bytes => Variants.Sum(static variant => variant.Weight);

    public override Task WriteToAsync(HttpContext context) => throw Unsent();

    /// <summary>The newest one that answers a request; null if none does.</summary>
    public StoredResponse? Select<TFields>(string scope, TFields request)
        where TFields : IFieldSource
    {
        foreach (var variant in Variants)
        {
            if (variant.Head.Variance.Matches(scope, request))
            {
                return variant;
            }
        }

        return null;
    }

    /// <summary>The same with one more, in the place of one that answers the same requests; without those whose time is over.</summary>
    public StoredSet With(StoredResponse added, int most, long now) => new(
    [
        added,
        .. Variants.Where(other => !other.Head.Variance.IsSame(added.Head.Variance) && now < other.Head.KeepUntil).Take(most - 1),
    ]);

    /// <summary>The same without one; null if nothing is left.</summary>
    public StoredSet? Without(StoredResponse removed) =>
        Variants.Length == 1 && Variants[0] == removed ? null : new([.. Variants.Where(other => other != removed)]);

    private static NotSupportedException Unsent() => new("What is stored of a URL is no response.");
}
