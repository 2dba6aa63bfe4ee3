using System.Text;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>A field's name as it came over the wire, and what it is.</summary>
internal sealed class FieldName
{
    private const int LongestKnown = 40;

    private static readonly Dictionary<string, FieldName> Known = new[]
    {
        "Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Max-Age", "Age", "Allow", "Alt-Svc", "Cache-Control",
        "Cache-Status", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location",
        "Content-Range", "Content-Security-Policy", "Content-Type", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Date", "ETag",
        "Expires", "Keep-Alive", "Last-Modified", "Link", "Location", "NEL", "Permissions-Policy", "Pragma", "Proxy-Authenticate",
        "Referrer-Policy", "Report-To", "Retry-After", "Server", "Server-Timing", "Set-Cookie", "Strict-Transport-Security",
        "Timing-Allow-Origin", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Via", "Warning", "WWW-Authenticate",
        "X-Content-Type-Options", "X-Frame-Options", "X-Powered-By", "X-Request-Id", "X-XSS-Protection",
    }.ToDictionary(static text => text, static text => new FieldName(text), StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, FieldName>.AlternateLookup<ReadOnlySpan<char>> KnownByText = Known.GetAlternateLookup<ReadOnlySpan<char>>();

    private FieldName(string text)
    {
        Text = text;
        Kind = text.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? FieldKind.Length
            : text.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) ? FieldKind.Coding
            : text.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? FieldKind.Connection
            : HopByHop.Contains(text) ? FieldKind.OfHop
            : FieldKind.Forwarded;
    }

    /// <summary>The name; of those that are known the usual spelling.</summary>
    public string Text { get; }

    /// <summary>What it is.</summary>
    public FieldKind Kind { get; }

    /// <summary>Reads a name; null if it is none.</summary>
    public static FieldName? Of(ReadOnlySpan<byte> name)
    {
        if (!HeaderName.IsToken(name))
        {
            return null;
        }

        if (name.Length <= LongestKnown)
        {
            Span<char> text = stackalloc char[LongestKnown];
            text = text[..Encoding.ASCII.GetChars(name, text)];
            if (KnownByText.TryGetValue(text, out var known))
            {
                return known;
            }
        }

        return new FieldName(Encoding.ASCII.GetString(name));
    }
}
