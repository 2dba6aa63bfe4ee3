using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Hosting;

/// <summary>What concerns the application rather than one pipeline.</summary>
public sealed class AkkaPerfOptions
{
    /// <summary>When the application stops: not ready, but serving on for this long; 0 s to 10 min, default 0 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainDelay { get; set; }
}
