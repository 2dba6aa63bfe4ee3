namespace AkkaPerf.Connections;

/// <summary>What a <see cref="PoolSignal"/> says.</summary>
internal enum PoolSignalKind : byte
{
    /// <summary>Somebody needs a connection.</summary>
    Acquire,

    /// <summary>Somebody who waits needs none any more.</summary>
    Abandoned,

    /// <summary>A lease came back.</summary>
    Released,

    /// <summary>A connect succeeded.</summary>
    Opened,

    /// <summary>A connect failed.</summary>
    OpenFailed,

    /// <summary>A check found the connection working.</summary>
    Usable,

    /// <summary>A check found the connection dead, or failed.</summary>
    Unusable,

    /// <summary>A close has ended, well or not.</summary>
    Closed,

    /// <summary>Somebody has found the backend up again.</summary>
    BackendIsBack,

    /// <summary>A probe has found the backend up, as perhaps many before.</summary>
    ProbedUp,

    /// <summary>The pool may have another number of connections.</summary>
    Resize,

    /// <summary>The timer fired.</summary>
    TimerFired,
}
