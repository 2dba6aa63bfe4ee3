using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>Parts the traffic among tiers: the first keeps it while enough of its backends are well, then it spills over to the next.</summary>
/// <remarks>
/// Envoy's rule (its documentation, "Priority levels"): a tier takes 1.4 times the part of its backends that are well, up to all; degraded backends
/// count after all healthy ones; if all tiers together cannot take everything, what they can is scaled up. Backends of the preferred zone are a
/// tier of their own before the others of their priority. Parts are by weight.
/// </remarks>
internal sealed class TrafficSplit
{
    private const int Whole = 100;
    private const int OverProvisioning = 140;

    private readonly HealthRules _rules;

    public TrafficSplit(HealthRules rules) => _rules = rules;

    /// <summary>The groups in the order in which they are asked, those with a part first come first.</summary>
    public (ImmutableArray<TrafficPart> Parts, ImmutableArray<(int Tier, BackendMembers Members)> Tiers, bool IsPanicking) Create(ImmutableArray<BackendStatus> all, BackendSet before)
    {
        var tiers = Tiers(all, before);
        var isPanicking = IsPanicking(tiers);
        if (isPanicking)
        {
            foreach (var tier in tiers)
            {
                tier.Readmit();
            }
        }

        return (Part(tiers), [.. tiers.Select(static tier => (tier.Order, tier.Members!))], isPanicking);
    }

    private static ImmutableArray<TrafficPart> Part(List<Tier> tiers)
    {
        var norm = Math.Clamp(tiers.Sum(static tier => tier.HealthyPercent + tier.DegradedPercent), 1, Whole);
        var left = Whole;
        var parts = ImmutableArray.CreateBuilder<TrafficPart>(2 * tiers.Count);
        Take(static tier => (tier.Healthy, tier.HealthyPercent));
        Take(static tier => (tier.Degraded, tier.DegradedPercent));

        // What rounding left over goes to the first.
        if (left > 0 && parts.Count > 0)
        {
            parts[0] = parts[0] with { Percent = parts[0].Percent + left };
        }

        return parts.DrainToImmutable();

        void Take(Func<Tier, (List<BackendStatus> Backends, int Percent)> choose)
        {
            foreach (var tier in tiers)
            {
                var (backends, percent) = choose(tier);
                if (backends.Count > 0)
                {
                    var part = Math.Min(left, (int)Math.Round((double)percent * Whole / norm, MidpointRounding.AwayFromZero));
                    left -= part;
                    parts.Add(new TrafficPart(new BackendGroup([.. backends], tier.Members!), part));
                }
            }
        }
    }

    private List<Tier> Tiers(ImmutableArray<BackendStatus> all, BackendSet before)
    {
        var tiers = new List<Tier>();
        foreach (var status in all)
        {
            var order = _rules.TierOf(status.Backend.Priority, status.Backend.Zone);
            var tier = tiers.Find(tier => tier.Order == order);
            if (tier is null)
            {
                tiers.Add(tier = new Tier(order));
            }

            tier.Add(status, _rules.UnknownIsEligible);
        }

        tiers.Sort(static (one, other) => one.Order.CompareTo(other.Order));
        foreach (var tier in tiers)
        {
            tier.Settle(before);
        }

        return tiers;
    }

    // Only while the tiers together cannot take everything: another tier is better than backends whose traffic failed.
    private bool IsPanicking(List<Tier> tiers)
    {
        if (_rules.PanicBelow <= 0 || tiers.Sum(static tier => tier.HealthyPercent + tier.DegradedPercent) >= Whole)
        {
            return false;
        }

        var total = tiers.Sum(static tier => tier.Total);
        var well = tiers.Sum(static tier => tier.HealthyWeight + tier.DegradedWeight);
        return tiers.Exists(static tier => tier.HasEjected) && well < _rules.PanicBelow * total;
    }

    private sealed class Tier(int order)
    {
        private readonly ImmutableArray<(Backend, int)>.Builder _members = ImmutableArray.CreateBuilder<(Backend, int)>();
        private readonly List<BackendStatus> _inPanic = [];

        public int Order { get; } = order;

        public List<BackendStatus> Healthy { get; private set; } = [];

        public List<BackendStatus> Degraded { get; } = [];

        public bool HasEjected { get; private set; }

        public BackendMembers? Members { get; private set; }

        /// <summary>The weight of all who could take part.</summary>
        public long Total { get; private set; }

        public long HealthyWeight { get; private set; }

        public long DegradedWeight { get; private set; }

        public int HealthyPercent { get; private set; }

        public int DegradedPercent { get; private set; }

        public void Add(BackendStatus status, bool unknownIsEligible)
        {
            _members.Add((status.Backend, status.Weight));
            if (status.Weight == 0 || status.Health is BackendHealth.Draining or BackendHealth.Disabled)
            {
                return;
            }

            Total += status.Weight;
            switch (status.Health)
            {
                case BackendHealth.Healthy or BackendHealth.Probation:
                case BackendHealth.Unknown when unknownIsEligible:
                    Healthy.Add(status);
                    _inPanic.Add(status);
                    HealthyWeight += status.Weight;
                    break;
                case BackendHealth.Degraded:
                    Degraded.Add(status);
                    DegradedWeight += status.Weight;
                    break;
                case BackendHealth.Ejected:
                    _inPanic.Add(status);
                    HasEjected = true;
                    break;
            }
        }

        public void Settle(BackendSet before)
        {
            HealthyPercent = PercentOf(HealthyWeight);
            DegradedPercent = PercentOf(DegradedWeight);
            Members = before.MembersLike(Order, _members.ToImmutable());
        }

        /// <summary>Lets those take part whose traffic failed.</summary>
        public void Readmit()
        {
            Healthy = _inPanic;
            HealthyWeight = _inPanic.Sum(static status => (long)status.Weight);
            HealthyPercent = PercentOf(HealthyWeight);
        }

        private int PercentOf(long weight) => Total == 0 ? 0 : (int)Math.Min(Whole, OverProvisioning * weight / Total);
    }
}
