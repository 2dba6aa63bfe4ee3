namespace AkkaPerf.Connections;

/// <summary>How many connections one pool may have, and keeps idle.</summary>
/// <param name="Max">The most.</param>
/// <param name="MinIdle">Kept open and idle; the most or fewer.</param>
internal readonly record struct ConnectionLimit(int Max, int MinIdle);
