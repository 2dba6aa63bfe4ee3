namespace AkkaPerf.Http.Compression;

/// <summary>What a route says of compression; what it does not say is as elsewhere.</summary>
public sealed class RouteCompressionOptions
{
    /// <summary>Whether bodies are compressed; default null = as <see cref="CompressionOptions.Enabled"/> says.</summary>
    public bool? Enabled { get; set; }

    /// <summary>What is compressed for requests with credentials; default null = as <see cref="CompressionOptions.Credentialed"/> says.</summary>
    public CredentialedCompression? Credentialed { get; set; }
}
