using System.Collections.Immutable;
using System.Diagnostics;
using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing;

/// <summary>Finds a backend: reads one immutable set, draws the tier, asks the policy, takes what has room. Any thread; no lock, no allocation.</summary>
internal sealed class BackendSelector
{
    // Before a scan is worth it: where most are full, and whoever follows them would get more than its part.
    private const int Draws = 4;

    private readonly BackendDirectory _directory;
    private readonly PolicyBook _policies;
    private readonly PlainRandom _random;
    private readonly DecisionLog? _decisions;

    // Who had room when last asked.
    private int _hadRoom;

    public BackendSelector(BackendDirectory directory, PolicyBook policies, Random random, DecisionLog? decisions = null)
    {
        _directory = directory;
        _policies = policies;
        _random = new PlainRandom(random.NextInt64());
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
    /// <param name="span">Where the decision is noted; null for nowhere.</param>
    public Selection TryAssign(string? key, TriedBackends? tried, long now, out Backend? found, Activity? span = null)
    {
        found = null;
        var set = _directory.Current;
        if (set.Parts.IsEmpty)
        {
            return Selection.NoneEligible;
        }

        var policy = _policies.Current;
        var drawn = Draw(set, now);
        for (var step = 0; step < set.Parts.Length; step++)
        {
            // The drawn one; then, where nobody there has room, the others in order.
            var at = step == 0 ? drawn : step <= drawn ? step - 1 : step;
            var group = set.Parts[at].Group;
            var context = new PickContext(group, key, tried, now, _random);
            if (TryAssign(policy, context, span, out found))
            {
                return Selection.Found;
            }
        }

        return tried is not null && !HasAnother(tried) ? Selection.AllTried : Selection.AllFull;
    }

    private int Draw(BackendSet set, long now)
    {
        if (set.Parts.Length == 1)
        {
            return 0;
        }

        var drawn = _random.Next(100, now);
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

    private bool TryAssign(IBalancingPolicy policy, in PickContext context, Activity? span, out Backend? found)
    {
        var group = context.Candidates;
        var picked = group.Count == 1 ? 0 : policy.Pick(context);
        if ((uint)picked >= (uint)group.Count)
        {
            throw new InvalidOperationException($"The balancing policy {policy.GetType().Name} picked {picked} of {group.Count} candidates.");
        }

        var isLogged = _decisions is { } log && log.IsSampled();
        var described = isLogged || span is { IsAllDataRequested: true } ? DecisionLog.Describe(policy, context) : default;
        if (!TryTake(context, picked) && !TryTakeAny(context, out picked))
        {
            found = null;
            return false;
        }

        found = group.BackendAt(picked);
        if (!described.IsDefault)
        {
            Keep(isLogged, span, context, (described, picked));
        }

        return true;
    }

    private void Keep(bool isLogged, Activity? span, in PickContext context, (ImmutableArray<DecisionCandidate> Candidates, int Picked) decision)
    {
        if (isLogged)
        {
            _decisions!.Keep(_policies.Name, context, decision.Candidates, decision.Picked);
        }

        if (span is { IsAllDataRequested: true, IsStopped: false })
        {
            var excluded = DecisionLog.Excluded(_directory.Current, context);
            span.AddEvent(DecisionEvent.Of(_policies.Name, decision.Candidates[decision.Picked].Id, decision.Candidates, excluded));
        }
    }

    private static bool TryTake(in PickContext context, int index) => context.CanTake(index) && context.Candidates.TryAssign(index, context.Now);

    // Between looking and taking somebody else may have taken the last place. From anywhere: the next one in the list would get all that
    // another has no room for, and all retries.
    private static bool TryTakeAny(in PickContext context, out int index)
    {
        var count = context.Candidates.Count;
        for (var draw = 0; draw < Draws; draw++)
        {
            index = context.Random(count);
            if (TryTake(context, index))
            {
                return true;
            }
        }

        var start = context.Random(count);
        for (var step = 0; step < count; step++)
        {
            index = start + step < count ? start + step : start + step - count;
            if (TryTake(context, index))
            {
                return true;
            }
        }

        index = -1;
        return false;
    }
}
