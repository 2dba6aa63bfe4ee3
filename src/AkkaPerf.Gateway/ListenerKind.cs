namespace AkkaPerf.Gateway;

/// <summary>Marks a connection with the side it came in on, so that neither side answers for the other.</summary>
/// <param name="IsAdmin">Whether it is the operators' side.</param>
internal sealed record ListenerKind(bool IsAdmin);
