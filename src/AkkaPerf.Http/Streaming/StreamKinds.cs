using AkkaPerf.Http.Transport;

namespace AkkaPerf.Http.Streaming;

/// <summary>Tells streams by their content's type.</summary>
internal static class StreamKinds
{
    private const string EventStream = "text/event-stream";
    private const string Grpc = "application/grpc";

    /// <summary>What a response is. An answer that is no success has nothing to stream.</summary>
    public static StreamKind Of(BackendResponse response)
    {
        if (!response.IsSuccess || response["Content-Type"] is not { Count: > 0 } types)
        {
            return StreamKind.None;
        }

        var type = types.Count == 1 ? types[0]! : types.ToString();
        return Is(type, EventStream) ? StreamKind.Events : IsGrpc(type) ? StreamKind.Grpc : StreamKind.None;
    }

    /// <summary>Whether it is a call or an answer of gRPC, whatever its messages are made of.</summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null
        && (Is(contentType, Grpc) || (contentType.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase) && contentType[Grpc.Length] == '+'));

    private static bool Is(ReadOnlySpan<char> contentType, string type)
    {
        var end = contentType.IndexOf(';');
        return (end < 0 ? contentType : contentType[..end]).Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
    }
}
