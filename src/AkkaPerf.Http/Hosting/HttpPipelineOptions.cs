using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Hosting;

/// <summary>What is special about a pipeline that forwards HTTP.</summary>
public sealed class HttpPipelineOptions
{
    /// <summary>After the response's head: longest silence of a body, either way; 1 ms to 1 h, default 100 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Larger responses pass through uncached; in bytes, 0 to 1 GiB, default 1 MiB.</summary>
    [Range(0L, 1024L * 1024 * 1024)]
    public long MaxCacheableBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>On: the backend sees the client's Host; off, the default: its own authority.</summary>
    public bool PreserveHost { get; set; }
}
