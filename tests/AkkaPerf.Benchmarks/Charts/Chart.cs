using ScottPlot;

namespace AkkaPerf.Benchmarks.Charts;

/// <summary>A plot, and how large it has to be for nothing to be cut off, in pixels.</summary>
internal sealed record Chart(Plot Plot, int Width, int Height);
