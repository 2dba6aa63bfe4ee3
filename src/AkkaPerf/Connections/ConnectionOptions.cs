using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Connections;

/// <summary>The connections of a pipeline to each of its backends.</summary>
public sealed class ConnectionOptions
{
    internal const int MostPerBackend = 100_000;

    /// <summary>Connections (HTTP: calls at once) per backend; 1 to 100,000, default 64.</summary>
    [Range(1, MostPerBackend)]
    public int MaxPerBackend { get; set; } = 64;

    /// <summary>Connections kept open and idle per backend; 0 to <see cref="MaxPerBackend"/>, default 0; must be 0 for HTTP.</summary>
    [Range(0, MostPerBackend)]
    public int MinIdle { get; set; }

    /// <summary>Longest wait for a connection; 1 ms to 1 h, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan AcquireTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Hard limit of one connect, in total; 1 ms to 10 min, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>An idle connection above <see cref="MinIdle"/> is closed after this; 1 s to 24 h, default 90 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>A connection is retired after this, up to 10 % earlier; 1 s to 7 d, default 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>An idle connection is checked each time after this, up to 20 % earlier; 0 s to 24 h, default 2 min, 0 = never; not for HTTP.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>A lease held longer is reported, with where it was taken; 0 s to 24 h, default 1 min, 0 = never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LeakThreshold { get; set; } = TimeSpan.FromMinutes(1);
}
