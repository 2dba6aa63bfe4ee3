namespace AkkaPerf.Connections;

/// <summary>A pool's options with all times in timestamps of its clock.</summary>
internal sealed class PoolSettings
{
    /// <summary>A connection used this recently is handed out unchecked: a check per request would cost more than the rare dead connection.</summary>
    private static readonly TimeSpan TrustedFor = TimeSpan.FromMilliseconds(500);

    private readonly long _frequency;

    public PoolSettings(ConnectionOptions options, long timestampFrequency, bool isShared)
    {
        _frequency = timestampFrequency;
        IsShared = isShared;
        MaxConnections = options.MaxPerBackend;
        MinIdle = options.MinIdle;
        AcquireTimeout = ToTimestamps(options.AcquireTimeout);
        ConnectTimeout = ToTimestamps(options.ConnectTimeout);
        IdleTimeout = ToTimestamps(options.IdleTimeout);
        MaxLifetime = ToTimestamps(options.MaxLifetime);
        LeakThreshold = ToTimestamps(options.LeakThreshold);
        Trust = ToTimestamps(TrustedFor);
    }

    public bool IsShared { get; }

    public int MaxConnections { get; }

    public int MinIdle { get; }

    public long AcquireTimeout { get; }

    public long ConnectTimeout { get; }

    public long IdleTimeout { get; }

    public long MaxLifetime { get; }

    /// <summary>Zero means never.</summary>
    public long LeakThreshold { get; }

    public long Trust { get; }

    public long ToTimestamps(TimeSpan span) => (long)(span.TotalSeconds * _frequency);

    public TimeSpan ToTimeSpan(long timestamps) => TimeSpan.FromSeconds((double)timestamps / _frequency);
}
