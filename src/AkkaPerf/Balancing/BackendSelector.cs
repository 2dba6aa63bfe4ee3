using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing;

/// <summary>Finds a backend: reads one immutable set, draws the tier, asks the policy, takes what has room. Any thread; no lock, no allocation.</summary>
internal sealed class BackendSelector
{
    private readonly BackendDirectory _directory;
    private readonly PolicyBook _policies;
    private readonly AtomicRandom _random;
    private readonly DecisionLog? _decisions;

    // Who had room when last asked.
    private int _hadRoom;

    public BackendSelector(BackendDirectory directory, PolicyBook policies, Random random, DecisionLog? decisions = null)
    {
        _directory = directory;
        _policies = policies;
        _random = new AtomicRandom(random.NextInt64());
        _decisions = decisions;
    }

    /// <summary>Whether anybody eligible has room.</summary>
    public bool HasRoom()
    {
        var set = _directory.Current;
        if (!set.HasLimits)
        {
            return true;
        }

        var eligible = set.Eligible.AsSpan();
        var start = _hadRoom < eligible.Length ? _hadRoom : 0;
        for (var step = 0; step < eligible.Length; step++)
        {
            var index = (start + step) % eligible.Length;
            if (eligible[index].HasCredit)
            {
                _hadRoom = index;
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether anybody eligible has not been tried.</summary>
    public bool HasAnother(TriedBackends tried) => tried.LeavesAnyOf(_directory.Current);

    /// <summary>Finds a backend and gives it the exchange; its end must be told exactly once.</summary>
    /// <param name="key">What the hash policies go by.</param>
    /// <param name="tried">Not these again.</param>
    /// <param name="now">The timestamp of now.</param>
    /// <param name="found">The backend, if one was found.</param>
    public Selection TryAssign(string? key, TriedBackends? tried, long now, out Backend? found)
    {
        found = null;
        var set = _directory.Current;
        if (set.Parts.IsEmpty)
        {
            return Selection.NoneEligible;
        }

        var policy = _policies.Current;
        var drawn = Draw(set);
        for (var step = 0; step < set.Parts.Length; step++)
        {
            // The drawn one; then, where nobody there has room, the others in order.
            var at = step == 0 ? drawn : step <= drawn ? step - 1 : step;
            var group = set.Parts[at].Group;
            var context = new PickContext(group, key, tried, now, _random);
            if (TryAssign(policy, context, out found))
            {
                return Selection.Found;
            }
        }

        return tried is not null && !HasAnother(tried) ? Selection.AllTried : Selection.AllFull;
    }

    private int Draw(BackendSet set)
    {
        if (set.Parts.Length == 1)
        {
            return 0;
        }

        var drawn = _random.Next(100);
        for (var i = 0; i < set.Parts.Length; i++)
        {
            drawn -= set.Parts[i].Percent;
            if (drawn < 0)
            {
                return i;
            }
        }

        return 0;
    }

    private bool TryAssign(IBalancingPolicy policy, in PickContext context, out Backend? found)
    {
        var group = context.Candidates;
        var picked = group.Count == 1 ? 0 : policy.Pick(context);
        if ((uint)picked >= (uint)group.Count)
        {
            throw new InvalidOperationException($"The balancing policy {policy.GetType().Name} picked {picked} of {group.Count} candidates.");
        }

        var described = _decisions is { } log && log.IsSampled() ? DecisionLog.Describe(policy, context) : default;
        for (var step = 0; step < group.Count; step++)
        {
            var index = picked + step < group.Count ? picked + step : picked + step - group.Count;

            // Between looking and taking somebody else may have taken the last place: the next one, then.
            if (context.CanTake(index) && group.BackendAt(index).TryAssign(group.HasLimits ? group[index].InFlightLimit : 0, context.Now))
            {
                found = group.BackendAt(index);
                if (!described.IsDefault)
                {
                    _decisions!.Keep(_policies.Name, context, described, index);
                }

                return true;
            }
        }

        found = null;
        return false;
    }
}
