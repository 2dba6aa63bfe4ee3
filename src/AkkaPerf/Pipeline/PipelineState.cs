namespace AkkaPerf.Pipeline;

/// <summary>Whether a pipeline lets requests in.</summary>
public enum PipelineState
{
    /// <summary>Its stream failed or has not started yet: it refuses until it runs.</summary>
    Restarting,

    /// <summary>It lets requests in.</summary>
    Running,

    /// <summary>It refuses new requests and finishes what is inside.</summary>
    Draining,

    /// <summary>It is over.</summary>
    Stopped,
}
