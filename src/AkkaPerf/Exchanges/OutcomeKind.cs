namespace AkkaPerf.Exchanges;

/// <summary>What an outcome holds.</summary>
internal enum OutcomeKind : byte
{
    None,
    Value,
    Refusal,
    Fault,
}
