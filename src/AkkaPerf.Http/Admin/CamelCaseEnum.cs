using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkkaPerf.Http.Admin;

/// <summary>Writes an enum by its names, spelled like the properties around them.</summary>
internal sealed class CamelCaseEnum<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase)
    where TEnum : struct, Enum;
