using System.Net.Http.Headers;

namespace AkkaPerf.Http.Proxying;

/// <summary>Finds responses whose end is not told in one way (RFC 9112, section 6.3): what follows them could be taken for another response.</summary>
internal static class AmbiguousResponse
{
    public static bool Is(HttpResponseMessage message)
    {
        var coding = message.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings);
        var length = message.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths);
        return (coding && (length || message.Version.Major > 1 || !IsChunked(codings))) || (length && !IsNumber(lengths));
    }

    private static bool IsChunked(HeaderStringValues codings) =>
        codings.Count == 1 && codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase);

    private static bool IsNumber(HeaderStringValues lengths) =>
        lengths.Count == 1 && lengths.ToString() is { Length: > 0 } length && !length.AsSpan().ContainsAnyExceptInRange('0', '9');
}
