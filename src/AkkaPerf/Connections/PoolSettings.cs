namespace AkkaPerf.Connections;

/// <summary>A pool's options with all times in timestamps of its clock.</summary>
internal sealed class PoolSettings
{
    /// <summary>A connection used this recently is handed out unchecked: a check per request would cost more than the rare dead connection.</summary>
    private static readonly TimeSpan TrustedFor = TimeSpan.FromMilliseconds(500);

    /// <summary>A check that takes longer is likely to hang: another connection is tried beside it.</summary>
    private static readonly TimeSpan CheckTime = TimeSpan.FromMilliseconds(250);

    private readonly long _frequency;

    public PoolSettings(ConnectionOptions options, ConnectionLimit limit, long timestampFrequency, bool isShared)
    {
        _frequency = timestampFrequency;
        IsShared = isShared;
        MaxConnections = limit.Max;
        MinIdle = limit.MinIdle;
        AcquireTimeout = ToTimestamps(options.AcquireTimeout);
        ConnectTimeout = ToTimestamps(options.ConnectTimeout);
        IdleTimeout = ToTimestamps(options.IdleTimeout);
        MaxLifetime = ToTimestamps(options.MaxLifetime);
        KeepAlive = isShared ? 0 : ToTimestamps(options.KeepAlive);
        LeakThreshold = ToTimestamps(options.LeakThreshold);
        CheckPatience = ToTimestamps(CheckTime);
        Trust = ToTimestamps(TrustedFor);
    }

    public bool IsShared { get; }

    /// <summary>Changes with a resize. Any thread may read it.</summary>
    public int MaxConnections { get; private set; }

    /// <summary>Changes with a resize. Any thread may read it.</summary>
    public int MinIdle { get; private set; }

    public long AcquireTimeout { get; }

    public long ConnectTimeout { get; }

    public long IdleTimeout { get; }

    public long MaxLifetime { get; }

    /// <summary>Zero means never.</summary>
    public long KeepAlive { get; }

    /// <summary>Zero means never.</summary>
    public long LeakThreshold { get; }

    public long Trust { get; }

    public long CheckPatience { get; }

    public void Resize(ConnectionLimit limit)
    {
        MaxConnections = limit.Max;
        MinIdle = limit.MinIdle;
    }

    public long ToTimestamps(TimeSpan span) => (long)(span.TotalSeconds * _frequency);

    public TimeSpan ToTimeSpan(long timestamps) => TimeSpan.FromSeconds((double)timestamps / _frequency);
}
