namespace AkkaPerf.Http.Compression;

/// <summary>How much work goes into a body that is compressed on its way.</summary>
public enum CompressionEffort
{
    /// <summary>Least work: about 100 MB/s on one core.</summary>
    Fast,

    /// <summary>A few percent smaller for twice the work.</summary>
    Balanced,

    /// <summary>A few percent smaller again for twice the work again.</summary>
    Best,
}
