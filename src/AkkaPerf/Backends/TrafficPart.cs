namespace AkkaPerf.Backends;

/// <summary>A group and the part of the traffic that is its own.</summary>
/// <param name="Group">Who may be picked.</param>
/// <param name="Percent">0 for a group that gets only what no other has room for.</param>
internal readonly record struct TrafficPart(BackendGroup Group, int Percent);
