namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>How a backend is spoken to.</summary>
public enum BackendKind
{
    /// <summary>HTTP/1.1, cleartext.</summary>
    Http1,

    /// <summary>HTTP/2, cleartext.</summary>
    Http2,

    /// <summary>HTTP/2, as TLS agrees on it.</summary>
    Tls,
}
