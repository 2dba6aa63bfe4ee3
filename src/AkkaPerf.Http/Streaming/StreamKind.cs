namespace AkkaPerf.Http.Streaming;

/// <summary>What a response is to the limits.</summary>
internal enum StreamKind
{
    /// <summary>A body that ends: it keeps its permit.</summary>
    None,

    /// <summary>Events, which go on for as long as somebody listens.</summary>
    Events,

    /// <summary>A gRPC call, short or long.</summary>
    Grpc,
}
