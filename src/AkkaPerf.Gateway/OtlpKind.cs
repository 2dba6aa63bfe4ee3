namespace AkkaPerf.Gateway;

/// <summary>How a collector is spoken to.</summary>
internal enum OtlpKind
{
    /// <summary>gRPC, as on port 4317.</summary>
    Grpc,

    /// <summary>HTTP with protocol buffers, as on port 4318: to the address as it stands, with each signal's own path added.</summary>
    Http,
}
