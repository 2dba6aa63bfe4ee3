using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Routing;

/// <summary>An answer that a route gives by itself while its backends are not to be asked.</summary>
public sealed class MaintenanceOptions
{
    /// <summary>Whether it is given; default off.</summary>
    public bool Enabled { get; set; }

    /// <summary>Its status; 200 to 599, default 503.</summary>
    [Range(200, 599)]
    public int Status { get; set; } = 503;

    /// <summary>When clients are told to come again; 0 s to 7 d, 0 s = they are not told; default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The type of its body.</summary>
    [RegularExpression(@"^[\x20-\x7e]+$", ErrorMessage = "must be visible ASCII and spaces")]
    public string ContentType { get; set; } = "text/plain; charset=utf-8";

    /// <summary>Its body.</summary>
    public string Body { get; set; } = "Down for maintenance. Please come back later.\n";
}
