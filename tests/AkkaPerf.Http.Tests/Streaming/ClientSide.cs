namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>How a proxy is asked.</summary>
public enum ClientSide
{
    /// <summary>In cleartext.</summary>
    Cleartext,

    /// <summary>Over TLS, as the gateway serves it.</summary>
    Tls,

    /// <summary>Over TLS, with direct sending below it and the short way above.</summary>
    TlsDirect,
}
