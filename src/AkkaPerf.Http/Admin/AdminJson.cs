using System.Text.Json.Serialization;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin;

/// <summary>How the admin pages' objects are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(IReadOnlyList<PipelineSnapshot>))]
internal sealed partial class AdminJson : JsonSerializerContext;
