using AkkaPerf.Backends;
using AkkaPerf.Health;
using H = AkkaPerf.Backends.BackendHealth;

namespace AkkaPerf.Tests.Backends;

/// <summary>Whatever signals come in whatever order, the states keep their promises.</summary>
public sealed class HealthPropertyTests
{
    private const int Steps = 4_000;

    private static readonly H?[] Serving = [H.Healthy, H.Degraded];
    private static readonly H?[] ServingUnprobed = [H.Unknown, H.Healthy, H.Degraded];

    [Theory]
    [InlineData(1, false, 0.5, 0.5)]
    [InlineData(2, false, 0.5, 0.0)]
    [InlineData(3, false, 1.0, 0.5)]
    [InlineData(4, false, 0.2, 1.0)]
    [InlineData(5, false, 0.0, 0.5)]
    [InlineData(6, true, 0.5, 0.5)]
    [InlineData(7, true, 0.34, 0.0)]
    public void Random_signals_break_no_promise(int seed, bool unprobed, double maxEjected, double panicBelow)
    {
        var rules = new HealthRules
        {
            UnknownIsEligible = unprobed,
            MaxEjected = maxEjected,
            PanicBelow = panicBelow,
            SlowStart = TimeSpan.FromSeconds(seed % 3 * 5),
        };
        using var fleet = new Fleet(rules, seed);
        fleet.Directory.Watcher = new PassiveHealth(fleet.Directory, new PassiveOptions { MinRequests = 5, ConsecutiveFailures = 3 }, fleet.Time);
        var told = new List<BackendTransition>();
        var panics = new List<bool>();
        fleet.Directory.Transitions.Transitioned += told.Add;
        fleet.Directory.Transitions.PanicChanged += panic => panics.Add(panic.IsPanicking);
        fleet.Directory.Update([.. Enumerable.Range(0, 6).Select(index => Fleet.Options(Fleet.IdOf(index), 1, index / 4))], []);

        var script = new Script(fleet, new Random(seed), unprobed);
        var states = new Dictionary<Backend, H?>();
        var seen = 0;
        for (var step = 0; step < Steps; step++)
        {
            script.Step();
            var set = fleet.Directory.Current;
            for (; seen < told.Count; seen++)
            {
                Check(told[seen], states, unprobed);
                if (told[seen] is { To: H.Ejected, Kind: not TransitionKind.Trial } && seen == told.Count - 1)
                {
                    CheckShare(set, maxEjected, told[seen]);
                }

                if (told[seen] is { To: H.Ejected } && seen == told.Count - 1)
                {
                    Assert.True(set.All.Any(other => other.Backend != told[seen].Backend && IsWell(other, unprobed)), $"the last was ejected: {told[seen]}");
                }
            }

            Check(set, unprobed);
            Assert.Equal(set.All.Select(status => (H?)status.Health), set.All.Select(status => states[status.Backend]));
        }

        Assert.Equal(told.Count, Enum.GetValues<TransitionKind>().Sum(fleet.Directory.Transitions.Count));
        Assert.All(Enum.GetValues<TransitionKind>(), kind => Assert.Equal(told.Count(transition => transition.Kind == kind), fleet.Directory.Transitions.Count(kind)));
        Assert.Equal(Enumerable.Range(0, panics.Count).Select(i => i % 2 == 0), panics);
        Assert.True(told.Count > Steps / 20, $"only {told.Count} transitions");
        script.EndAll();
        Assert.All(fleet.Directory.Current.All, status => Assert.Equal(0, status.Backend.InFlight));
        Assert.Equal(0, fleet.Directory.InFlight());
    }

    private static void Check(BackendTransition transition, Dictionary<Backend, H?> states, bool unprobed)
    {
        Assert.Equal(transition.From, states.GetValueOrDefault(transition.Backend));
        states[transition.Backend] = transition.To;
        var serving = unprobed ? ServingUnprobed : Serving;
        var (from, to) = (transition.From, transition.To);
        var isAllowed = transition.Kind switch
        {
            TransitionKind.Added => from is null && to is H.Unknown or H.Disabled,
            TransitionKind.Removed => from is not null && to is null,
            TransitionKind.Probe => to is H.Healthy or H.Degraded or H.Unhealthy && from is not (H.Draining or H.Disabled) && (to == H.Unhealthy || from is not (H.Ejected or H.Probation)),
            TransitionKind.ConsecutiveFailures or TransitionKind.SuccessRate => serving.Contains(from) && to == H.Ejected,
            TransitionKind.Time => from == H.Ejected && to == H.Probation,
            TransitionKind.Trial => from == H.Probation && (to == H.Ejected || serving.Contains(to)),
            TransitionKind.Load => serving.Contains(from) && serving.Contains(to),
            TransitionKind.Manual => to is H.Draining or H.Disabled || from is H.Draining or H.Disabled || (serving.Contains(from) && to == H.Ejected),
            _ => false,
        };
        Assert.True(isAllowed, transition.ToString());
    }

    private static void Check(BackendSet set, bool unprobed)
    {
        foreach (var status in set.All)
        {
            // The precedence, said once more in another way.
            var expected =
                !status.IsEnabled ? H.Disabled
                : status.IsDraining ? H.Draining
                : status.Probe == ProbeVerdict.Down ? H.Unhealthy
                : status.Probe == ProbeVerdict.Unknown && !unprobed ? H.Unknown
                : status.Ejection.Phase == EjectionPhase.Out ? H.Ejected
                : status.Ejection.Phase == EjectionPhase.Trial ? H.Probation
                : status.IsImpaired || status.Probe == ProbeVerdict.Degraded ? H.Degraded
                : status.Probe == ProbeVerdict.Unknown ? H.Unknown : H.Healthy;
            Assert.Equal(expected, status.Health);
            Assert.InRange(status.Ramp, 1, 100);
        }

        foreach (var status in set.Eligible)
        {
            Assert.True(status.Weight > 0);
            Assert.True(
                IsWell(status, unprobed) || status.Health == H.Probation || (status.Health == H.Ejected && set.IsPanicking),
                $"{status.Backend} is offered though {status.Health}");
        }

        Assert.Equal(set.Eligible.Length, set.Eligible.Select(status => status.Backend).Distinct().Count());
        Assert.All(set.All.Where(status => IsWell(status, unprobed)), status => Assert.Contains(status, set.Eligible));
    }

    private static void CheckShare(BackendSet set, double maxEjected, BackendTransition transition)
    {
        // Those that are let come again by hand have no ejection left; so this holds whatever went before.
        var part = set.All.Where(status => status.Weight > 0 && status.Health is not (H.Draining or H.Disabled)).ToList();
        var ejected = part.Count(status => status.Health == H.Ejected || (status.Health == H.Probation && !status.Ejection.IsUnasked));
        var most = maxEjected == 0 ? 0 : Math.Max(1, (int)(maxEjected * part.Count));
        Assert.True(ejected <= most, $"{ejected} of {part.Count} are ejected, {most} may be: {transition}");
    }

    private static bool IsWell(BackendStatus status, bool unprobed) =>
        status.Weight > 0 && (status.Health is H.Healthy or H.Degraded || (status.Health == H.Unknown && unprobed));

    /// <summary>Somebody who does what may happen, at random.</summary>
    private sealed class Script(Fleet fleet, Random random, bool unprobed)
    {
        private static readonly BackendOutcome[] Outcomes = Enum.GetValues<BackendOutcome>();

        private readonly List<(Backend Backend, long At)> _running = [];
        private int _added;

        public void Step()
        {
            var directory = fleet.Directory;
            var all = directory.Current.All;
            var status = all.Length == 0 ? null : all[random.Next(all.Length)];
            switch (random.Next(20))
            {
                case 0 or 1:
                    fleet.Time.Advance(TimeSpan.FromMilliseconds(random.Next(6_000)));
                    break;
                case 2 or 3 when status is not null && !unprobed:
                    directory.Judge(status.Backend, (ProbeVerdict)random.Next(1, 4), "probed");
                    break;
                case 4 when status is not null:
                    directory.Report(status.Backend.Id, random.Next(2) == 0, "load");
                    break;
                case 5 when status is not null:
                    directory.Drain(status.Backend.Id, random.Next(3) == 0);
                    break;
                case 6 when status is not null:
                    directory.Enable(status.Backend.Id, random.Next(4) > 0);
                    break;
                case 7 when status is not null:
                    directory.SetWeight(status.Backend.Id, random.Next(8) == 0 ? 0 : 1);
                    break;
                case 8 when status is not null && random.Next(4) == 0:
                    directory.Eject(status.Backend, TransitionKind.Manual, "ejected by hand");
                    break;
                case 9 when all.Length < 10 && random.Next(4) == 0:
                    directory.Add(Fleet.Options($"n{_added++}", 1, random.Next(2)));
                    break;
                case 10 when all.Length > 4 && random.Next(4) == 0:
                    directory.Remove(status!.Backend.Id);
                    break;
                default:
                    Exchange();
                    break;
            }
        }

        public void EndAll()
        {
            foreach (var (backend, at) in _running)
            {
                fleet.End(backend, BackendOutcome.Success, at);
            }
        }

        // Begins one on whoever is offered, or ends one; backends fail in turns, for a while each.
        private void Exchange()
        {
            var eligible = fleet.Directory.Current.Eligible;
            if (_running.Count > 0 && (eligible.Length == 0 || random.Next(_running.Count + 3) > 3))
            {
                var index = random.Next(_running.Count);
                var (backend, at) = _running[index];
                _running.RemoveAt(index);
                var isBad = (fleet.Time.GetUtcNow().Minute + backend.Id[0]) % 3 == 0;
                fleet.End(backend, isBad ? Outcomes[random.Next(1, Outcomes.Length)] : BackendOutcome.Success, at);
            }
            else if (eligible.Length > 0)
            {
                var status = eligible[random.Next(eligible.Length)];
                if (status.Backend.TryAssign(status.InFlightLimit, fleet.Time.GetTimestamp()))
                {
                    _running.Add((status.Backend, fleet.Time.GetTimestamp()));
                }
            }
        }
    }
}
