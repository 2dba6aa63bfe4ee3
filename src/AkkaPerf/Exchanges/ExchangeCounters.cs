using AkkaPerf.Statistics;

namespace AkkaPerf.Exchanges;

/// <summary>How many exchanges ended in which way, since the pipeline started.</summary>
internal sealed class ExchangeCounters
{
    private static readonly int Reasons = Enum.GetValues<RefusalReason>().Length;

    private readonly Counter[] _refused = new Counter[Reasons];
    private readonly StripedCounter _answered = new();
    private Counter _faulted;
    private Counter _zombies;

    /// <summary>Who looks at refusals.</summary>
    public RefusalWatch Refusals { get; } = new();

    public long Answered => _answered.Value;

    public long Faulted => _faulted.Value;

    /// <summary>Handlers that still run although nobody waits for them.</summary>
    public long Zombies => _zombies.Value;

    public long Refused(RefusalReason reason) => _refused[(int)reason].Value;

    public void Count(OutcomeKind kind, RefusalReason reason)
    {
        switch (kind)
        {
            case OutcomeKind.Value:
                _answered.Increment();
                break;
            case OutcomeKind.Refusal:
                // Before it is counted: whoever finds it counted finds what was seen of it.
                Refusals.Refused(reason);
                _refused[(int)reason].Increment();
                break;
            default:
                _faulted.Increment();
                break;
        }
    }

    public void ZombieBorn() => _zombies.Increment();

    public void ZombieEnded() => _zombies.Decrement();
}
