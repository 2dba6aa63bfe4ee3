using System.Text.Json.Serialization;

namespace AkkaPerf.Pipeline;

/// <summary>Whether a pipeline should be sent requests, and if not, why.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PipelineReadiness>))]
public enum PipelineReadiness
{
    /// <summary>It runs, and a backend is eligible if it has any.</summary>
    [JsonStringEnumMemberName("ready")]
    Ready,

    /// <summary>It has just started: not every backend has had its first verdict.</summary>
    [JsonStringEnumMemberName("probing")]
    Probing,

    /// <summary>It runs, but no backend is eligible.</summary>
    [JsonStringEnumMemberName("noHealthyBackend")]
    NoHealthyBackend,

    /// <summary>Its stream failed and is being started again.</summary>
    [JsonStringEnumMemberName("restarting")]
    Restarting,

    /// <summary>It lets nobody in any more, and finishes what is inside.</summary>
    [JsonStringEnumMemberName("draining")]
    Draining,

    /// <summary>It is over.</summary>
    [JsonStringEnumMemberName("stopped")]
    Stopped,
}
