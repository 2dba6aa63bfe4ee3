namespace AkkaPerf.Benchmarks.Overload;

/// <summary>How a request ended for its caller.</summary>
internal enum Ending
{
    /// <summary>Not yet.</summary>
    None,

    /// <summary>With an answer, in time or late.</summary>
    Answered,

    /// <summary>With a no before anything was asked of the server.</summary>
    Refused,

    /// <summary>Its deadline passed while it waited or was being served.</summary>
    TimedOut,
}
