namespace AkkaPerf.Health;

/// <summary>How backends are probed.</summary>
public enum ProbeKind
{
    /// <summary>By what the code gave, else by the address: HTTP or TCP; where there are connections of one's own, by opening one.</summary>
    Auto,

    /// <summary>Gets a path; statuses and body decide.</summary>
    Http,

    /// <summary>Opens a TCP connection.</summary>
    Tcp,

    /// <summary>Asks the standard gRPC health service.</summary>
    Grpc,
}
