namespace AkkaPerf.Http.Compression;

/// <summary>What codings are called in fields, in entity tags and in the names of files.</summary>
internal static class CodingNames
{
    /// <summary>How many codings there are, the identity included; each one's number is below it.</summary>
    public const int Count = 4;

    /// <summary>The name in <c>Content-Encoding</c> and <c>Accept-Encoding</c>.</summary>
    public static string Of(ContentCoding coding) => coding switch
    {
        ContentCoding.Br => "br",
        ContentCoding.Gzip => "gzip",
        ContentCoding.Zstd => "zstd",
        _ => "identity",
    };

    /// <summary>What a strong entity tag ends in when its body is coded.</summary>
    public static string SuffixOf(ContentCoding coding) => coding switch
    {
        ContentCoding.Br => "-br",
        ContentCoding.Gzip => "-gzip",
        ContentCoding.Zstd => "-zstd",
        _ => "",
    };

    /// <summary>What the name of a file ends in whose content is coded.</summary>
    public static string ExtensionOf(ContentCoding coding) => coding switch
    {
        ContentCoding.Br => ".br",
        ContentCoding.Gzip => ".gz",
        ContentCoding.Zstd => ".zst",
        _ => "",
    };

    /// <summary>Which coding has this name; false if it is none of ours.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out ContentCoding coding)
    {
        // x-gzip is the same (RFC 9110, section 8.4.1.3).
        (var isKnown, coding) = name switch
        {
            _ when Is(name, "br") => (true, ContentCoding.Br),
            _ when Is(name, "gzip") || Is(name, "x-gzip") => (true, ContentCoding.Gzip),
            _ when Is(name, "zstd") => (true, ContentCoding.Zstd),
            _ when Is(name, "identity") => (true, ContentCoding.Identity),
            _ => (false, ContentCoding.Identity),
        };
        return isKnown;
    }

    private static bool Is(ReadOnlySpan<char> name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);
}
