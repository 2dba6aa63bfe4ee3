namespace AkkaPerf.Http.Compression;

/// <summary>How a body is coded on its way to the client (RFC 9110, section 8.4.1).</summary>
public enum ContentCoding
{
    /// <summary>As it is.</summary>
    Identity,

    /// <summary>Brotli, RFC 7932.</summary>
    Br,

    /// <summary>Gzip, RFC 1952.</summary>
    Gzip,

    /// <summary>Zstandard, RFC 8878, with a window that every client has to allow (RFC 9659).</summary>
    Zstd,
}
