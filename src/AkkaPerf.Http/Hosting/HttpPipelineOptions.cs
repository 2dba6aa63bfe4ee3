namespace AkkaPerf.Http.Hosting;

/// <summary>What is special about a pipeline that forwards HTTP. A value out of its range is refused at once.</summary>
public sealed class HttpPipelineOptions
{
    private const long LargestCacheableBody = 1024L * 1024 * 1024;
    private const int LargestMaxStreams = 1_000_000;

    /// <summary>After the response's head: longest silence of a body, either way; 1 ms to 1 h, default 100 s.</summary>
    public TimeSpan ActivityTimeout
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    }

    = TimeSpan.FromSeconds(100);

    /// <summary>Larger responses pass through uncached; in bytes, 0 to 1 GiB, default 1 MiB.</summary>
    public long MaxCacheableBodyBytes
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestCacheableBody);
            field = value;
        }
    }

    = 1024 * 1024;

    /// <summary>WebSockets, server-sent events and long gRPC calls open at once, which hold no permit; more are refused; 0 to 1,000,000, default 10,000.</summary>
    public int MaxStreams
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestMaxStreams);
            field = value;
        }
    }

    = 10_000;

    /// <summary>A gRPC call open so long after its response's head is a stream, and gives its permit back; 0 s to 1 h, default 5 s.</summary>
    public TimeSpan StreamAfter
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    }

    = TimeSpan.FromSeconds(5);

    /// <summary>Which HTTP the backends are spoken to, WebSockets too; default auto.</summary>
    public BackendHttp BackendHttp { get; set; }

    /// <summary>
    /// On: connections to backends in plain HTTP/1.1 are watched by event loops of our own, one for each processor, where the machine can (Linux on x64 or arm64): fewer
    /// system calls, and requests go on on the loops' threads, so nothing that takes part in them may block. Off, the default: by the runtime's.
    /// </summary>
    public bool UseEventLoops { get; set; }

    /// <summary>On: the backend sees the client's Host; off, the default: its own authority.</summary>
    public bool PreserveHost { get; set; }

    /// <summary>On: a backend's 502, 503 or 504 sends a request that may be repeated to another one, as <c>retry</c> allows; off, the default: it passes.</summary>
    public bool RetryUnavailable { get; set; }

    /// <summary>How backends with an https address are asked.</summary>
    public BackendTlsOptions BackendTls { get; set; } = new();

    /// <summary>The clock of bodies and ages; the system's unless a test says otherwise.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;
}
