using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching;

/// <summary>When an entry past its life is still answered.</summary>
public sealed class StaleOptions
{
    /// <summary>After its life an entry is answered for this long while it is refreshed in the background; 0 s to 365 d, default 0 s = never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan WhileRevalidate { get; set; }

    /// <summary>After its life an entry is answered for this long if no fresh answer can be had; 0 s to 365 d, default 0 s = never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan IfError { get; set; }

    /// <summary>Who waits this long for a fresh answer gets the stale one, and the load goes on; 0 s to 24 h, default 0 s = they wait for the load.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan SoftTimeout { get; set; }

    /// <summary>Pause between two tries to refresh an entry; 1 ms to 1 h, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}
