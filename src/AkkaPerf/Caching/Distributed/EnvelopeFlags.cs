namespace AkkaPerf.Caching.Distributed;

/// <summary>How a stored value is to be read.</summary>
[Flags]
internal enum EnvelopeFlags
{
    /// <summary>As its serializer wrote it.</summary>
    None = 0,

    /// <summary>Brotli.</summary>
    Compressed = 1,

    /// <summary>It is null, and there are no bytes of it.</summary>
    Null = 2,

    /// <summary>Something is special about the entry, and stands between the key and the tags.</summary>
    Special = 4,

    /// <summary>Every flag that is known here.</summary>
    All = Compressed | Null | Special,
}
