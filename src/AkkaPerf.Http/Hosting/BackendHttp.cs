namespace AkkaPerf.Http.Hosting;

/// <summary>Which version of HTTP backends are spoken to.</summary>
public enum BackendHttp
{
    /// <summary>HTTP/2 where TLS agrees on it, else HTTP/1.1.</summary>
    Auto,

    /// <summary>HTTP/1.1.</summary>
    Http1,

    /// <summary>HTTP/2 and nothing else; over http:// by prior knowledge, as gRPC needs it.</summary>
    Http2,
}
