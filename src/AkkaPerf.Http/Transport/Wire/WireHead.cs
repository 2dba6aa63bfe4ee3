namespace AkkaPerf.Http.Transport.Wire;

/// <summary>The head of a response, as it came over the wire.</summary>
internal sealed class WireHead
{
    /// <summary>The fields; a struct, so not to be copied.</summary>
    public WireFields Fields;

    public int StatusCode { get; set; }

    /// <summary>What the backend calls its status; null if that is what everybody calls it.</summary>
    public string? Reason { get; set; }

    /// <summary>Whether it came in HTTP/1.0, whose connections carry one response.</summary>
    public bool IsHttp10 { get; set; }

    /// <summary>How long the body is said to be; null if that is not said.</summary>
    public long? Length { get; set; }

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked { get; set; }

    /// <summary>Whether another request may follow on its connection.</summary>
    public bool IsKeptAlive { get; set; }
}
