namespace AkkaPerf.Backends;

/// <summary>What the probes of a backend say, all together.</summary>
internal enum ProbeVerdict : byte
{
    /// <summary>Nothing yet.</summary>
    Unknown,

    Up,

    /// <summary>Up, but it says that it is impaired.</summary>
    Degraded,

    Down,
}
