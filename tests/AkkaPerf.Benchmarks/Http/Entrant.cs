namespace AkkaPerf.Benchmarks.Http;

/// <summary>A proxy in a scenario.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Peer">Who.</param>
/// <param name="Ask">What is asked of it.</param>
/// <param name="Against">Whose CPU time its own is divided by: a figure's name, and that entrant's.</param>
internal sealed record Entrant(string Name, Peer Peer, Ask Ask, IReadOnlyList<(string Figure, string Entrant)> Against);
