using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Caching;

/// <summary>When entries are refreshed before their life ends.</summary>
public sealed class RefreshOptions
{
    /// <summary>A hit after this part of an entry's life refreshes it in the background; 0 to 1, default 0 = never.</summary>
    [Range(0.0, 1.0)]
    public double Eager { get; set; }

    /// <summary>That many entries, the hottest, are refreshed shortly before their life ends though nobody asks; 0 to 100,000, default 0.</summary>
    [Range(0, 100_000)]
    public int Ahead { get; set; }
}
