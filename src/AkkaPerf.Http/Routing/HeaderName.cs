using System.Buffers;

namespace AkkaPerf.Http.Routing;

/// <summary>What may be the name of a header or method: a token of RFC 9110, section 5.6.2.</summary>
internal static class HeaderName
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(Allowed);
}
