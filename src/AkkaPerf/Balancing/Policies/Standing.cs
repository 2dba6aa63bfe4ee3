namespace AkkaPerf.Balancing.Policies;

/// <summary>How a candidate stands, as policies compare it.</summary>
/// <param name="Time">What one exchange takes there, in ticks; 1 where that does not matter.</param>
/// <param name="Load">What it has in flight, for its share.</param>
internal readonly record struct Standing(double Time, double Load);
