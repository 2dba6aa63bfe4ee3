namespace AkkaPerf.Pipeline;

/// <summary>Those who wait, by where.</summary>
/// <param name="Door">Callers for whom there is no room inside.</param>
/// <param name="Room">Exchanges in the waiting room, for a permit.</param>
/// <param name="Joined">Exchanges that joined a load in flight.</param>
/// <param name="Connection">Exchanges that wait for a connection.</param>
public sealed record WaitingSnapshot(int Door, int Room, int Joined, int Connection);
