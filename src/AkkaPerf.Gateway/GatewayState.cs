namespace AkkaPerf.Gateway;

/// <summary>What the running gateway goes by, and what a reload exchanges.</summary>
internal sealed class GatewayState
{
    private volatile GatewayConfiguration _configuration;

    public GatewayState(GatewayConfiguration configuration) => _configuration = configuration;

    /// <summary>The configuration in use.</summary>
    public GatewayConfiguration Configuration
    {
        get => _configuration;
        set => _configuration = value;
    }

    /// <summary>The routes in use.</summary>
    public GatewayEndpoints Endpoints { get; } = new();

    /// <summary>The certificates in use.</summary>
    public CertificateStore Certificates { get; } = CertificateStore.Read(new TlsOptions(), []);
}
