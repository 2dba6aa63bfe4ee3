namespace AkkaPerf.Throttling;

/// <summary>What others may see of the throttling stage: how many wait, and whether its room is full.</summary>
internal sealed class ThrottlingMonitor
{
    private int _waiting;

    /// <summary>Told when the room becomes full, with the reason and when to come back, and when it no longer is (null).</summary>
    public Action<Exchanges.RefusalReason?, TimeSpan>? Shed { get; init; }

    /// <summary>Told when a full room begins to hold callers back, who wait at the door then, and when it no longer does.</summary>
    public Action<bool>? HoldBack { get; init; }

    /// <summary>Exchanges in the waiting room.</summary>
    public int Waiting
    {
        get => Volatile.Read(ref _waiting);
        set => Volatile.Write(ref _waiting, value);
    }
}
