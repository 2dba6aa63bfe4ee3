namespace AkkaPerf.Gateway;

/// <summary>A version of TLS.</summary>
internal enum TlsVersion
{
    /// <summary>TLS 1.2, with ciphers that the system allows.</summary>
    Tls12,

    /// <summary>TLS 1.3.</summary>
    Tls13,
}
