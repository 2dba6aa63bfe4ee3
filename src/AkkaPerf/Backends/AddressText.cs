namespace AkkaPerf.Backends;

/// <summary>Shows addresses to people, without the user and password that may stand in them.</summary>
public static class AddressText
{
    private const string Separator = "://";
    private const string Hidden = "***";

    /// <summary>The address as it was written, with <c>***</c> in place of a user and password.</summary>
    /// <remarks>Of what cannot be read as an address everything before the last <c>@</c> might belong to a password.</remarks>
    public static string Mask(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var separator = address.IndexOf(Separator, StringComparison.Ordinal);
        var start = separator < 0 ? 0 : separator + Separator.Length;
        var end = address.Length;
        if (separator >= 0 && Uri.TryCreate(address, UriKind.Absolute, out var uri))
        {
            if (uri.UserInfo.Length == 0)
            {
                return address;
            }

            var path = address.AsSpan(start).IndexOfAny('/', '?', '#');
            end = path < 0 ? end : start + path;
        }

        var at = address.AsSpan(start, end - start).LastIndexOf('@');
        return at < 0 ? address : string.Concat(address.AsSpan(0, start), Hidden, address.AsSpan(start + at));
    }

    /// <summary>The same address, with <c>***</c> in place of a user and password.</summary>
    internal static Uri Mask(Uri address) =>
        address is { IsAbsoluteUri: true, UserInfo.Length: > 0 } ? new Uri(Mask(address.OriginalString)) : address;
}
