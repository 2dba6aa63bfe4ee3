namespace AkkaPerf.Connections;

/// <summary>Where one connection stands in its life; it only goes on, except between idle, checking and leased.</summary>
internal enum SlotState
{
    /// <summary>Its connect is under way.</summary>
    Opening,

    /// <summary>Open, waits for somebody who needs it.</summary>
    Idle,

    /// <summary>Open, is being asked whether it still works.</summary>
    Checking,

    /// <summary>Open, somebody has it.</summary>
    Leased,

    /// <summary>Is being closed; still counts, since the backend may still count it.</summary>
    Closing,

    /// <summary>Forgotten: its connect was given up, or it is closed.</summary>
    Gone,
}
