using System.Collections.Immutable;
using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing;

/// <summary>Keeps a sample of the decisions, the newest ones, with their reasons. Any thread.</summary>
internal sealed class DecisionLog
{
    private const int Kept = 64;

    private readonly BackendDirectory _directory;
    private readonly TimeProvider _time;
    private readonly AtomicRandom _random;
    private readonly Lock _gate = new();
    private readonly Queue<BalancingDecision> _decisions = new(Kept);
    private ulong _threshold;
    private double _part;

    /// <param name="part">Of all decisions; 0 to 1.</param>
    /// <param name="directory">Whose backends they are.</param>
    /// <param name="time">Their clock.</param>
    /// <param name="random">Which ones are taken.</param>
    public DecisionLog(double part, BackendDirectory directory, TimeProvider time, Random random)
    {
        Part = part;
        _directory = directory;
        _time = time;
        _random = new AtomicRandom(random.NextInt64());
    }

    /// <summary>Which part of the decisions is kept; 0 to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    public double Part
    {
        get => Volatile.Read(ref _part);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 0);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1);
            Volatile.Write(ref _part, value);
            Volatile.Write(ref _threshold, value >= 1 ? ulong.MaxValue : (ulong)(value * ulong.MaxValue));
        }
    }

    /// <summary>The newest last.</summary>
    public ImmutableArray<BalancingDecision> Newest
    {
        get
        {
            lock (_gate)
            {
                return [.. _decisions];
            }
        }
    }

    /// <summary>Whether a decision is one of the sample; to be described before it is carried out.</summary>
    public bool IsSampled() => Volatile.Read(ref _threshold) is var threshold and not 0 && _random.Next() <= threshold;

    /// <summary>What is known now.</summary>
    public static ImmutableArray<DecisionCandidate> Describe(IBalancingPolicy policy, in PickContext context)
    {
        var candidates = ImmutableArray.CreateBuilder<DecisionCandidate>(context.Candidates.Count);
        for (var i = 0; i < context.Candidates.Count; i++)
        {
            var (backend, share) = (context.Candidates.BackendAt(i), context.Candidates.ShareAt(i));
            var score = (policy as IScoringPolicy)?.Score(context, i);
            candidates.Add(new DecisionCandidate(
                backend.Id, share, backend.InFlight, backend.ResponseTime, backend.FailureShare, score, context.CanTake(i)));
        }

        return candidates.MoveToImmutable();
    }

    /// <summary>Those of a set that could not be picked.</summary>
    public static ImmutableArray<DecisionExclusion> Excluded(BackendSet set, in PickContext context)
    {
        var excluded = ImmutableArray.CreateBuilder<DecisionExclusion>();
        foreach (var status in set.All)
        {
            if (context.Candidates.IndexOf(status.Backend) < 0)
            {
                excluded.Add(new DecisionExclusion(status.Backend.Id, status.Health, status.Cause));
            }
        }

        return excluded.ToImmutable();
    }

    /// <summary>Keeps what was described.</summary>
    public void Keep(string policy, in PickContext context, ImmutableArray<DecisionCandidate> candidates, int picked)
    {
        var decision = new BalancingDecision(_time.GetUtcNow(), policy, candidates[picked].Id, candidates, Excluded(_directory.Current, context));
        lock (_gate)
        {
            if (_decisions.Count == Kept)
            {
                _decisions.Dequeue();
            }

            _decisions.Enqueue(decision);
        }
    }
}
