namespace AkkaPerf.Ingress;

/// <summary>What happens to a request when there is no room.</summary>
public enum WhenFull
{
    /// <summary>It is refused at once.</summary>
    Reject,

    /// <summary>It waits at the door until there is room or its deadline passes.</summary>
    Wait,
}
