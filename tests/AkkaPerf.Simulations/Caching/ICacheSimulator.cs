namespace AkkaPerf.Simulations.Caching;

/// <summary>A cache of which only the hits are of interest.</summary>
internal interface ICacheSimulator
{
    /// <summary>Asks for a key, and brings it in if it is not there; true for a hit.</summary>
    bool Access(int key);
}
