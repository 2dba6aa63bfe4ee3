namespace AkkaPerf.Caching.Distributed;

/// <summary>What the parts of one second level share.</summary>
internal sealed record SecondLevelParts(
    Breaker Breaker, ChangeLedger Ledger, StoreCalls Calls, L2Counters Counters, SecondLevelLog Log, TimeProvider Time);
