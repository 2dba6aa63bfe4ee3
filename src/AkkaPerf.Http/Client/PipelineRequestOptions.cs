namespace AkkaPerf.Http.Client;

/// <summary>What a caller may say of one request, by <see cref="HttpRequestMessage.Options"/>.</summary>
public static class PipelineRequestOptions
{
    /// <summary>What the hash policies (<c>consistent-hash</c>, <c>maglev</c>) know the request by; without it its URL if it is cacheable, else chance.</summary>
    public static readonly HttpRequestOptionsKey<string> Affinity = new("AkkaPerf.Affinity");

    /// <summary>Shortens the pipeline's timeout, which runs until the response's head; more than zero.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> Timeout = new("AkkaPerf.Timeout");

    /// <summary>
    /// Whether it may be sent more than once, as a POST with an idempotency key may; by default what its method says (RFC 9110, section
    /// 9.2.2). A content that cannot be sent twice, such as a <see cref="StreamContent"/>, never is.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> Repeatable = new("AkkaPerf.Repeatable");
}
