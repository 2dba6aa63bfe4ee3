namespace AkkaPerf.Caching.Distributed;

/// <summary>Why something that the store has is not used, or a value is not stored.</summary>
internal enum L2Rejection
{
    /// <summary>It is used.</summary>
    None,

    /// <summary>It does not begin as ours do.</summary>
    Foreign,

    /// <summary>It is of a format, or has a flag, that this version does not know.</summary>
    Version,

    /// <summary>Its lengths or times contradict one another.</summary>
    Malformed,

    /// <summary>Its checksum is another.</summary>
    Checksum,

    /// <summary>It was stored for another key.</summary>
    Key,

    /// <summary>It was stored for another type.</summary>
    Type,

    /// <summary>Its life is over.</summary>
    Expired,

    /// <summary>It is larger than <c>max-payload</c>.</summary>
    Oversized,

    /// <summary>It does not decompress to what it says.</summary>
    Compression,

    /// <summary>The serializer threw.</summary>
    Serializer,
}
