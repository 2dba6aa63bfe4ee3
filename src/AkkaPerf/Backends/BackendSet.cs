using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>All backends of a pipeline at one moment; never changes, is replaced as a whole.</summary>
public sealed class BackendSet
{
    internal static readonly BackendSet Empty = new();

    internal BackendSet(ImmutableArray<BackendStatus> all, HealthRules rules, BackendSet before)
    {
        All = all;
        Version = before.Version + 1;
        (Parts, Tiers, IsPanicking) = new TrafficSplit(rules).Create(all, before);
        EveryoneHasVerdict = rules.UnknownIsEligible || HasVerdicts(all);
        foreach (var part in Parts)
        {
            Eligible = Parts.Length == 1 ? ImmutableArray.Create(part.Group.AsSpan()) : Eligible.AddRange(part.Group.AsSpan());
            HasLimits |= part.Group.HasLimits;
        }

        HasBeenReady = before.HasBeenReady || (EveryoneHasVerdict && Eligible.Length > 0);
    }

    private BackendSet()
    {
    }

    /// <summary>Every backend, in the order of their configuration.</summary>
    public ImmutableArray<BackendStatus> All { get; } = [];

    /// <summary>Those that may be picked now, those of the first tier first.</summary>
    public ImmutableArray<BackendStatus> Eligible { get; } = [];

    /// <summary>Grows with every change: of two sets the one with the higher version is newer.</summary>
    public long Version { get; }

    /// <summary>Whether every backend that takes part has been probed at least once, or probing is off.</summary>
    public bool EveryoneHasVerdict { get; }

    /// <summary>Whether so few are well that those whose traffic failed get traffic all the same.</summary>
    public bool IsPanicking { get; }

    /// <summary>Whether once everybody had a verdict and one was eligible: who joins later makes nobody wait.</summary>
    internal bool HasBeenReady { get; }

    /// <summary>Who gets which part of the traffic.</summary>
    internal ImmutableArray<TrafficPart> Parts { get; } = [];

    /// <summary>Who belongs to each tier, those included of whom none may be picked.</summary>
    internal ImmutableArray<(int Tier, BackendMembers Members)> Tiers { get; } = [];

    /// <summary>Whether any that may be picked has a limit of its own.</summary>
    internal bool HasLimits { get; }

    /// <summary>The members of a tier, the same object as before if they are the same.</summary>
    internal BackendMembers MembersLike(int tier, ImmutableArray<(Backend Backend, int Weight)> members)
    {
        foreach (var (known, before) in Tiers)
        {
            if (known == tier)
            {
                return before.Are(members) ? before : new BackendMembers(members, before);
            }
        }

        return new BackendMembers(members, before: null);
    }

    private static bool HasVerdicts(ImmutableArray<BackendStatus> all)
    {
        foreach (var status in all)
        {
            if (status.Health == BackendHealth.Unknown)
            {
                return false;
            }
        }

        return true;
    }
}
