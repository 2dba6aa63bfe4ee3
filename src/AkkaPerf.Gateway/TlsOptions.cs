namespace AkkaPerf.Gateway;

/// <summary>What is shown to clients that connect with TLS.</summary>
internal sealed class TlsOptions
{
    /// <summary>By the name that a client asks for; the first is for those that ask for none, or for one that no certificate bears.</summary>
    public IList<CertificateOptions> Certificates { get; set; } = [];

    /// <summary>The oldest version that is spoken; default 1.2.</summary>
    public TlsVersion MinVersion { get; set; } = TlsVersion.Tls12;
}
