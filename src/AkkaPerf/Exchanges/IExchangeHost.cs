using AkkaPerf.Telemetry;

namespace AkkaPerf.Exchanges;

/// <summary>What an exchange needs of its pipeline. All of it may be called from any thread.</summary>
internal interface IExchangeHost
{
    /// <summary>The pipeline's figures.</summary>
    ExchangeCounters Counters { get; }

    /// <summary>Whether its handlers run with a connection.</summary>
    bool HasConnections { get; }

    /// <summary>Records how long its requests take.</summary>
    RequestDurations Durations { get; }

    /// <summary>The pipeline's name.</summary>
    string Name { get; }

    /// <summary>The pipeline's clock.</summary>
    TimeProvider Time { get; }

    /// <summary>What the handler promises.</summary>
    HandlerTraits Traits { get; }

    /// <summary>Reports that nobody waits for this exchange any more: whoever parks it should let it go.</summary>
    void Abandoned(Exchange exchange);

    /// <summary>Reports that the pool has ended this exchange's wait for a lease.</summary>
    void Leased(Exchange exchange);

    /// <summary>Reports that this load answered its first caller early, so that its followers must go their own way.</summary>
    void Unshared(Exchange load);

    /// <summary>Reports that this try answered early, so that others of the same exchange are to be let go.</summary>
    void AnsweredEarly(Exchange attempt);

    /// <summary>Reports that this exchange's handler has ended.</summary>
    void Ended(Exchange exchange);

    /// <summary>Reports that this exchange is given up without having ended as the load that it was.</summary>
    void LoadLost(Exchange load);

    /// <summary>Whether what this exchange brings is not to be stored, as its key was changed meanwhile or another load has taken its place.</summary>
    bool IsOvertaken(Exchange exchange);

    /// <summary>Gives back what the exchange counted for: room at the door, its permit.</summary>
    void GiveBack(Exchange exchange);

    /// <summary>Lends a source that is not cancelled.</summary>
    CancellationTokenSource RentTokenSource();

    /// <summary>Takes a source back; it may be used again unless it was cancelled.</summary>
    void ReturnTokenSource(CancellationTokenSource source);
}
