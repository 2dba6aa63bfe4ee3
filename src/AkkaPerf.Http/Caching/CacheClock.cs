namespace AkkaPerf.Http.Caching;

/// <summary>The clock of stored responses: timestamps, which never go back, for what is kept here; the wall clock for what is written down.</summary>
internal sealed class CacheClock
{
    public CacheClock(TimeProvider time) => Time = time;

    public TimeProvider Time { get; }

    public long Now => Time.GetTimestamp();

    public long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    public TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / Time.TimestampFrequency);

    /// <summary>Whole seconds, as Age counts them.</summary>
    public long SecondsSince(long timestamp) => Math.Max(0, (Now - timestamp) / Time.TimestampFrequency);

    /// <summary>Whole seconds, negative for what is over, as Cache-Status counts them.</summary>
    public long SecondsUntil(long timestamp) => (long)Math.Floor((double)(timestamp - Now) / Time.TimestampFrequency);

    /// <summary>When a timestamp was, or will be, on the wall.</summary>
    public DateTimeOffset AtWall(long timestamp) => Time.GetUtcNow() + Span(timestamp - Now);

    /// <summary>The timestamp of a moment on the wall.</summary>
    public long AtTimestamp(DateTimeOffset moment) => Now + Ticks(moment - Time.GetUtcNow());
}
