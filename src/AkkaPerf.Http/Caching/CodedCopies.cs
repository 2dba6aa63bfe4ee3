using System.Runtime.InteropServices;
using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>A stored response in the codings that clients accept: each made once, by the first who asks, with a head of its own. Any thread.</summary>
internal sealed class CodedCopies
{
    private readonly StoredResponse _whole;
    private readonly EncodedBodies? _bodies;
    private readonly StoredResponse?[] _copies = new StoredResponse?[CodingNames.Count];

    /// <summary>Looks at a response.</summary>
    /// <param name="whole">The response as it is stored.</param>
    /// <param name="compression">What decides and encodes.</param>
    public CodedCopies(StoredResponse whole, ResponseCompression compression)
    {
        _whole = whole;
        Rules = compression.Rules;
        Plain = whole;
        var headers = HeadersOf(whole);
        if (!Rules.IsCodable(whole.StatusCode, headers, whole.Body.Length))
        {
            return;
        }

        IsForAll = CompressionRules.IsForAll(headers);
        // No more than the weight of the whole has for them.
        _bodies = new EncodedBodies(whole.Body, compression.Work) { Counts = compression.Counts, MaxBytes = whole.Body.Length };
        CompressionRules.AddVary(headers);
        Plain = whole.Like(HeadOf(headers));
    }

    /// <summary>Who decided.</summary>
    public CompressionRules Rules { get; }

    /// <summary>Whether there are any.</summary>
    public bool IsCodable => _bodies is not null;

    /// <summary>Whether it is for everybody, and so holds nobody's secret.</summary>
    public bool IsForAll { get; }

    /// <summary>The one that is not coded; it says that there are others.</summary>
    public StoredResponse Plain { get; }

    /// <summary>The one in a coding, if it is there, or known not to be worth it.</summary>
    public StoredResponse? Find(ContentCoding coding) =>
        Volatile.Read(ref _copies[(int)coding]) ?? (coding == ContentCoding.Identity || _bodies!.IsNotWorthIt(coding) ? Plain : null);

    /// <summary>The one in a coding, made now if it is not there; the plain one if it is not worth it, or there is no CPU to spare.</summary>
    public async ValueTask<StoredResponse> MakeAsync(ContentCoding coding, CancellationToken cancellationToken)
    {
        if (await _bodies!.EncodeAsync(coding, cancellationToken).ConfigureAwait(false) is not { } body || !MemoryMarshal.TryGetArray(body, out var bytes))
        {
            return Plain;
        }

        var headers = HeadersOf(Plain);
        CompressionRules.Describe(headers, coding);
        var copy = Plain.Coded(HeadOf(headers), bytes.Count == bytes.Array!.Length ? bytes.Array : bytes.ToArray());
        return Interlocked.CompareExchange(ref _copies[(int)coding], copy, null) ?? copy;
    }

    private static HeaderDictionary HeadersOf(StoredResponse response)
    {
        var headers = new HeaderDictionary();
        foreach (var (name, values) in response.Head.Fields)
        {
            headers[name] = values;
        }

        return headers;
    }

    private StoredHead HeadOf(IHeaderDictionary headers) => _whole.Head with
    {
        Fields = [.. headers.Select(static one => new KeyValuePair<string, StringValues>(one.Key, one.Value))],
        ETag = headers.ETag is [{ } tag] && _whole.Head.ETag is not null ? tag : null,
    };
}
