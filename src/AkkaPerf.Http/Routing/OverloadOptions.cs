using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>What happens to a client's connection when its request was refused because a pipeline is full.</summary>
public sealed class OverloadOptions
{
    /// <summary>Refusals in a second above which clients are slowed down; 0 to 10,000,000, default 1000, 0 = never.</summary>
    [Range(0, 10_000_000)]
    public int Threshold { get; set; } = 1000;

    /// <summary>So long a connection is not read on after a refusal, half of it by chance; 0 s to 1 min, default 200 ms, 0 s = it is closed instead.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Connections paused at once; beyond them they are closed after the answer; 0 to 10,000,000, default 10,000.</summary>
    [Range(0, 10_000_000)]
    public int MaxPaused { get; set; } = 10_000;
}
