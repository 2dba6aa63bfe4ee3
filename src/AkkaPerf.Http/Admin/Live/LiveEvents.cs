using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>What viewers are sent, as server-sent events.</summary>
internal static class LiveEvents
{
    public static byte[] History(IReadOnlyList<PipelineHistory> history) => Event("history"u8, history, AdminJson.Compact.IReadOnlyListPipelineHistory);

    public static byte[] Sample(LiveSample sample) => Event("sample"u8, sample, AdminJson.Compact.LiveSample);

    // JSON on one line is one line of data.
    private static byte[] Event<T>(ReadOnlySpan<byte> name, T value, JsonTypeInfo<T> type) =>
        [.. "event: "u8, .. name, .. "\ndata: "u8, .. JsonSerializer.SerializeToUtf8Bytes(value, type), .. "\n\n"u8];
}
