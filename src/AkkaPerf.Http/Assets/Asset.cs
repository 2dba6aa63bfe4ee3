using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Compression;

namespace AkkaPerf.Http.Assets;

/// <summary>A file with its coded neighbours, and what its head says; never changes.</summary>
internal sealed class Asset
{
    // What is known of a file that is not in memory.
    private const long Overhead = 1024;

    private readonly AssetBody[] _coded;
    private readonly ContentCoding[] _codings;

    /// <summary>Takes what was found.</summary>
    /// <param name="identity">The file itself.</param>
    /// <param name="coded">Its neighbours.</param>
    /// <param name="contentType">Its type.</param>
    /// <param name="cacheControl">For how long it is cached.</param>
    public Asset(AssetBody identity, IEnumerable<AssetBody> coded, string contentType, string cacheControl)
    {
        Identity = identity;
        ContentType = contentType;
        CacheControl = cacheControl;
        LastModified = new DateTimeOffset(identity.Modified.Ticks - (identity.Modified.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        LastModifiedText = HttpDate.Format(LastModified);

        // Of those that a client likes equally the smallest.
        _coded = [.. coded.OrderBy(static body => body.Length)];
        _codings = [.. _coded.Select(static body => body.Coding)];
        Weight = Overhead + (identity.Bytes?.Length ?? 0) + _coded.Sum(static body => (long)(body.Bytes?.Length ?? 0));
    }

    public AssetBody Identity { get; }

    public string ContentType { get; }

    public string CacheControl { get; }

    /// <summary>To the second, as fields tell it.</summary>
    public DateTimeOffset LastModified { get; }

    public string LastModifiedText { get; }

    /// <summary>Bytes in memory.</summary>
    public long Weight { get; }

    /// <summary>Whether what is sent depends on Accept-Encoding by the neighbours alone.</summary>
    public bool HasNeighbours => _coded.Length > 0;

    /// <summary>What is made of it in memory, where it has no neighbours; null if nothing is.</summary>
    public EncodedBodies? Made { get; init; }

    /// <summary>The body that a client likes best.</summary>
    public AssetBody Choose(in AcceptEncoding accepted)
    {
        var coding = accepted.Choose(_codings);
        foreach (var body in _coded)
        {
            if (body.Coding == coding)
            {
                return body;
            }
        }

        return Identity;
    }

    /// <summary>A body that is the same as it was, with its bytes; null if there is none.</summary>
    public AssetBody? Find(AssetBody looked) =>
        Identity.IsSame(looked) ? Identity : Array.Find(_coded, body => body.IsSame(looked));
}
