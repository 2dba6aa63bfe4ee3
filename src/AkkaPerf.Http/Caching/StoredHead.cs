using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Compression;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>The head of a stored response, and for how long it is good for what. Never changes.</summary>
internal sealed record StoredHead
{
    // Who stores it does not know what the routes compress that will give it: what they do unless told otherwise.
    private static readonly MediaTypes Codable = new(new CompressionOptions().Types);

    /// <summary>The status code.</summary>
    public required int Status { get; init; }

    /// <summary>The reason phrase; null for the usual one.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP version in which it came.</summary>
    public required Version Version { get; init; }

    /// <summary>The fields that are sent, without Age, Content-Length and what concerns one hop.</summary>
    public required KeyValuePair<string, StringValues>[] Fields { get; init; }

    /// <summary>What the request said of the fields that Vary names.</summary>
    public required Variance Variance { get; init; }

    /// <summary>What it is tagged with.</summary>
    public string[] Tags { get; init; } = [];

    /// <summary>Its entity tag; null if it has none.</summary>
    public string? ETag { get; init; }

    /// <summary>Its Last-Modified; null if it has none.</summary>
    public string? LastModified { get; init; }

    /// <summary>The same, if it can be read.</summary>
    public DateTimeOffset? LastModifiedAt { get; init; }

    /// <summary>Its Date, or when it came; null if the one that it bears cannot be read.</summary>
    public DateTimeOffset? MadeAt { get; init; }

    /// <summary>What it says about its storing.</summary>
    public required Storability Rules { get; init; }

    /// <summary>The timestamp at which its age was zero.</summary>
    public required long BornAt { get; init; }

    /// <summary>When the backend was asked for it, or whether it had changed, as a timestamp.</summary>
    public required long AskedAt { get; init; }

    /// <summary>Until when it is fresh, as a timestamp.</summary>
    public required long FreshUntil { get; init; }

    /// <summary>Until when it may be given while it is refreshed, as a timestamp.</summary>
    public required long RevalidateUntil { get; init; }

    /// <summary>Until when it may be given if a backend answers with an error, as a timestamp.</summary>
    public required long ErrorUntil { get; init; }

    /// <summary>When it is dropped, as a timestamp; until then it may be validated, and given while no backend can be reached.</summary>
    public required long KeepUntil { get; init; }

    /// <summary>Its Last-Modified, if that is a strong validator: older than its making by a second at least (RFC 9110, section 8.8.2.2).</summary>
    public string? StrongLastModified => LastModifiedAt is { } changed && MadeAt is { } made && made - changed >= TimeSpan.FromSeconds(1) ? LastModified : null;

    /// <summary>Whether it can be asked whether it has changed.</summary>
    public bool HasValidator => ETag is not null || LastModified is not null;

    /// <summary>Whether its body is likely to be kept in codings too.</summary>
    public bool IsCodable =>
        Codable.Have(Array.Find(Fields, static one => one.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value.ToString())
        && !Array.Exists(Fields, static one => one.Key.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase));

    /// <summary>An estimate of what it takes.</summary>
    public long Bytes =>
        400 + Fields.Sum(static one => 60 + (2L * (one.Key.Length + one.Value.ToString().Length)))
        + (2L * Variance.Length) + Tags.Sum(static tag => 40 + (2L * tag.Length));
}
