namespace AkkaPerf.Backends;

internal enum EjectionPhase : byte
{
    None,

    /// <summary>Ejected.</summary>
    Out,

    /// <summary>One request decides.</summary>
    Trial,
}
