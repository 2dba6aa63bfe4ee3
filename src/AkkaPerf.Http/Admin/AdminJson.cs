using System.Text.Json;
using System.Text.Json.Serialization;
using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Http.Admin.Live;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin;

/// <summary>How the admin pages' objects are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(CamelCaseEnum<PipelineState>), typeof(CamelCaseEnum<BackendHealth>)],
    WriteIndented = true)]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(IReadOnlyList<PipelineSnapshot>))]
[JsonSerializable(typeof(AdminProblem))]
[JsonSerializable(typeof(LiveSample))]
[JsonSerializable(typeof(IReadOnlyList<PipelineHistory>))]
[JsonSerializable(typeof(IReadOnlyList<KeyHits<string>>))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    private static AdminJson? _compact;

    /// <summary>The same on one line, without what is null.</summary>
    public static AdminJson Compact => _compact ??= new AdminJson(new JsonSerializerOptions(Default.Options)
    {
        WriteIndented = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
