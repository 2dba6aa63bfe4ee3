namespace AkkaPerf.Caching.Flights;

/// <summary>Counts changes of keys, whichever.</summary>
internal interface IChangeCount
{
    /// <summary>How many there were. Any thread.</summary>
    int Changes { get; }
}
