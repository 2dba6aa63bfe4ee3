using System.Text.Json.Serialization;
using AkkaPerf.Backends;
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
internal sealed partial class AdminJson : JsonSerializerContext;
