namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>What an <see cref="AbortPlan"/> asks for.</summary>
internal enum AbortKind
{
    /// <summary>A body of known length.</summary>
    Download,

    /// <summary>Sends a body, gets its hash.</summary>
    Upload,

    /// <summary>Server-sent events: a body that only its end ends.</summary>
    Events,

    /// <summary>A WebSocket that echoes one message.</summary>
    WebSocket,

    /// <summary>A gRPC call that echoes messages both ways at once.</summary>
    Grpc,
}
