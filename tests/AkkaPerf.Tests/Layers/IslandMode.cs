namespace AkkaPerf.Tests.Layers;

/// <summary>How a stage under test is run.</summary>
public enum IslandMode
{
    /// <summary>As in production.</summary>
    Plain,

    /// <summary>What is due is handled in random order, and every message gives other actors their turn.</summary>
    Fuzzed,
}
