using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Gateway;

/// <summary>What a client may take of the server.</summary>
internal sealed class LimitsOptions
{
    /// <summary>Connections open at once; 0 to 10,000,000, default 0 = no limit. More are closed as soon as they come.</summary>
    [Range(0, 10_000_000)]
    public int Connections { get; set; }

    /// <summary>Requests of one HTTP/2 connection at once; 1 to 10,000, default 100.</summary>
    [Range(1, 10_000)]
    public int StreamsPerConnection { get; set; } = 100;

    /// <summary>Longer request lines are refused with 414; 256 B to 1 MiB, default 8 KiB.</summary>
    [DataType("size")]
    [Range(256L, 1024L * 1024)]
    public long RequestLine { get; set; } = 8 * 1024;

    /// <summary>Larger request headers, all together, are refused with 431; 1 KiB to 1 MiB, default 32 KiB.</summary>
    [DataType("size")]
    [Range(1024L, 1024L * 1024)]
    public long RequestHeaders { get; set; } = 32 * 1024;

    /// <summary>More request headers are refused with 431; 1 to 10,000, default 100.</summary>
    [Range(1, 10_000)]
    public int HeaderCount { get; set; } = 100;

    /// <summary>Longest time for a request's head to arrive; 1 s to 1 h, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An idle connection is closed after this; 1 s to 24 h, default 130 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>Clients that send or take fewer bytes a second are cut off; 0 B to 1 GiB, default 240 B, 0 B = never.</summary>
    [DataType("size")]
    [Range(0L, 1024L * 1024 * 1024)]
    public long MinRate { get; set; } = 240;

    /// <summary>How long they may do so; 1 s to 1 h, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MinRateGrace { get; set; } = TimeSpan.FromSeconds(5);
}
