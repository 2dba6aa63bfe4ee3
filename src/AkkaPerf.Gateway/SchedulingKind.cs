namespace AkkaPerf.Gateway;

/// <summary>Where socket callbacks run the request.</summary>
internal enum SchedulingKind
{
    /// <summary>On the thread pool: even latency under load.</summary>
    Pool,

    /// <summary>On the I/O thread: less processor time a request, more latency at saturation.</summary>
    Inline,
}
