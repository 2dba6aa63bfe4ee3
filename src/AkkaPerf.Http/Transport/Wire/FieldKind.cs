namespace AkkaPerf.Http.Transport.Wire;

/// <summary>What a response's field is to a proxy.</summary>
internal enum FieldKind : byte
{
    /// <summary>It is the client's.</summary>
    Forwarded,

    /// <summary>It concerns the backend's hop.</summary>
    OfHop,

    /// <summary>Connection: it may name others that do.</summary>
    Connection,

    /// <summary>Content-Length, which follows from the framing.</summary>
    Length,

    /// <summary>Transfer-Encoding.</summary>
    Coding,
}
