using System.Globalization;
using System.Text;
using AkkaPerf.Http.Caching.Rules;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>What a request gets of a stored response: all of it, parts of it, or word that it has not changed.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body; for HEAD what it would be.</param>
/// <param name="ContentRange">Which part of the whole the body is; null unless it is one.</param>
/// <param name="ContentType">The body's type if it is made of several parts; null for the stored one.</param>
internal readonly record struct StoredAnswer(int Status, ReadOnlyMemory<byte> Body, string? ContentRange = null, string? ContentType = null)
{
    /// <summary>Its client has it.</summary>
    public static StoredAnswer NotModified => new(304, default);

    /// <summary>Whether a field of the stored response goes with it (RFC 9110, section 15.4.5).</summary>
    public bool Has(string field) => Status switch
    {
        304 => !field.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) || field.Equals("Content-Location", StringComparison.OrdinalIgnoreCase),
        416 => !field.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && !field.Equals("ETag", StringComparison.OrdinalIgnoreCase),
        206 when IsDigestOfContent(field) => false,
        _ => ContentType is null || !field.Equals("Content-Type", StringComparison.OrdinalIgnoreCase),
    };

    /// <summary>Whether a request is answered with no more than that its client has it.</summary>
    /// <param name="head">The stored head.</param>
    /// <param name="request">The request's fields.</param>
    /// <param name="now">The wall clock, which tells the century of old dates.</param>
    public static bool IsNotModified<TFields>(StoredHead head, TFields request, TimeProvider now)
        where TFields : IFieldSource =>
        head.Status == 200
        && (request["If-None-Match"].Count > 0 || request["If-Modified-Since"].Count > 0)
        && Precondition.IsNotModified(request, head.ETag, head.LastModifiedAt ?? head.MadeAt, now.GetUtcNow());

    /// <summary>Answers a request, conditions and ranges included.</summary>
    /// <param name="head">The stored head.</param>
    /// <param name="body">The stored body.</param>
    /// <param name="request">The request's fields.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="now">The wall clock, which tells the century of old dates.</param>
    public static StoredAnswer Of<TFields>(StoredHead head, byte[] body, TFields request, string method, TimeProvider now)
        where TFields : IFieldSource
    {
        if (head.Status != 200)
        {
            return new StoredAnswer(head.Status, body);
        }

        if (IsNotModified(head, request, now))
        {
            return NotModified;
        }

        return method == "GET" && request["Range"] is [{ } range] && Precondition.RangeCounts(request, head.ETag, head.StrongLastModified, now.GetUtcNow())
            ? Part(head, body, range)
            : new StoredAnswer(200, body);
    }

    // True of the whole content alone (RFC 9530, section 2); Repr-Digest is of the whole for a part as well (section 3).
    private static bool IsDigestOfContent(string field) =>
        field.Equals("Content-Digest", StringComparison.OrdinalIgnoreCase)
        || field.Equals("Content-MD5", StringComparison.OrdinalIgnoreCase)
        || field.Equals("Digest", StringComparison.OrdinalIgnoreCase);

    private static StoredAnswer Part(StoredHead head, byte[] body, string range) => ByteRange.Parse(range, body.Length) switch
    {
        null => new StoredAnswer(200, body),
        [] => new StoredAnswer(416, default, string.Create(CultureInfo.InvariantCulture, $"bytes */{body.Length}")),
        [var one] => new StoredAnswer(206, body.AsMemory((int)one.First, (int)one.Length), Text(one, body.Length)),
        var several => Parts(head, body, several),
    };

    // RFC 9110, section 14.6.
    private static StoredAnswer Parts(StoredHead head, byte[] body, List<ByteRange> ranges)
    {
        var boundary = Guid.NewGuid().ToString("N");
        var type = Array.Find(head.Fields, static field => field.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value;
        var parts = new MemoryStream();
        foreach (var range in ranges)
        {
            var line = StringValues.IsNullOrEmpty(type) ? "" : $"Content-Type: {type}\r\n";
            parts.Write(Encoding.Latin1.GetBytes($"\r\n--{boundary}\r\n{line}Content-Range: {Text(range, body.Length)}\r\n\r\n"));
            parts.Write(body, (int)range.First, (int)range.Length);
        }

        parts.Write(Encoding.Latin1.GetBytes($"\r\n--{boundary}--\r\n"));
        return new StoredAnswer(206, parts.GetBuffer().AsMemory(0, (int)parts.Length), ContentType: $"multipart/byteranges; boundary={boundary}");
    }

    private static string Text(ByteRange range, int length) => string.Create(CultureInfo.InvariantCulture, $"bytes {range.First}-{range.Last}/{length}");
}
