namespace AkkaPerf.Exchanges;

/// <summary>Who holds an exchange, and so who must give back what it holds.</summary>
internal enum ExchangePhase : byte
{
    /// <summary>A stage holds it.</summary>
    OnIsland,

    /// <summary>The connection pool holds it, and will report it back.</summary>
    Acquiring,

    /// <summary>Its handler runs, and will report it back.</summary>
    Running,

    /// <summary>Given back: nothing is held any more.</summary>
    Returned,
}
