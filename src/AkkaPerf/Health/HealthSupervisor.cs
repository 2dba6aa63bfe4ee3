using Akka.Actor;
using Akka.Event;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Keeps one <see cref="Prober"/> per backend of a directory, as backends come and go.</summary>
/// <remarks>One per pipeline, while probing is on; the verdicts go into the directory, from whichever prober has one.</remarks>
internal sealed class HealthSupervisor : ReceiveActor
{
    private readonly ProbingContext _context;
    private readonly Random _random;
    private readonly Dictionary<string, (Backend Backend, IActorRef Prober)> _probers = [];
    private Action<BackendSet>? _onChanged;
    private Action<Backend>? _onProbeWanted;
    private BackendSet? _followed;
    private int _started;

    public HealthSupervisor(ProbingContext context, Random random)
    {
        _context = context;
        _random = random;
        Receive<Protocol.BackendsChanged>(changed => Follow(changed.Set));
        Receive<Protocol.ProbeNow>(OnProbeNow);
    }

    /// <param name="directory">Whose backends are probed; takes the verdicts.</param>
    /// <param name="probe">Is not disposed: whoever made it does that once the actor has stopped.</param>
    /// <param name="options">Interval, timeout and thresholds.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="random">Spreads and jitters; used by this actor only, which seeds the probers' own from it.</param>
    /// <param name="peers">With whom answers are shared; null = with nobody.</param>
    public static Props Props(BackendDirectory directory, IHealthProbe probe, HealthOptions options, TimeProvider time, Random random, ProbePeers? peers = null)
    {
        var context = new ProbingContext(directory, probe, options, time) { Peers = peers };
        return Akka.Actor.Props.Create(() => new HealthSupervisor(context, random));
    }

    protected override void PreStart()
    {
        var self = Self;
        _onChanged = set => self.Tell(new Protocol.BackendsChanged(set));
        _onProbeWanted = backend => self.Tell(new Protocol.ProbeNow(backend.Id));
        _context.Directory.Changed += _onChanged;
        _context.Directory.ProbeWanted += _onProbeWanted;

        // After subscribing, so that no change falls in between.
        Follow(_context.Directory.Current);
    }

    protected override void PostStop()
    {
        _context.Directory.Changed -= _onChanged;
        _context.Directory.ProbeWanted -= _onProbeWanted;
    }

    // Always again, whatever it was: a backend whose prober is gone would keep its last verdict for ever. What it knows survives, see ProbedBackend.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);

    private void Follow(BackendSet set)
    {
        // The directory raises its event outside its lock: an older set may arrive after a newer one.
        if (set.Version <= _followed?.Version)
        {
            return;
        }

        var isSame = IsSame(_followed, set);
        _followed = set;
        if (isSame)
        {
            return;
        }

        var present = set.All.Where(status => status.IsEnabled).Select(status => status.Backend).ToHashSet();
        foreach (var (backend, prober) in _probers.Values.Where(probed => !present.Contains(probed.Backend)).ToList())
        {
            _probers.Remove(backend.Id);
            Context.Stop(prober);
        }

        var added = set.All.Where(status => status.IsEnabled && !_probers.ContainsKey(status.Backend.Id)).ToList();
        for (var i = 0; i < added.Count; i++)
        {
            _probers.Add(added[i].Backend.Id, (added[i].Backend, Start(added[i], i, added.Count)));
        }
    }

    // Most changes are of health and weights, and no business of its own.
    private static bool IsSame(BackendSet? before, BackendSet after)
    {
        if (before?.All.Length != after.All.Length)
        {
            return false;
        }

        for (var i = 0; i < after.All.Length; i++)
        {
            var (one, other) = (before.All[i], after.All[i]);
            if (!ReferenceEquals(one, other) && (!ReferenceEquals(one.Backend, other.Backend) || one.IsEnabled != other.IsEnabled))
            {
                return false;
            }
        }

        return true;
    }

    private IActorRef Start(BackendStatus status, int index, int count)
    {
        var options = _context.Options;
        var schedule = new ProbeSchedule(options, new Random(_random.Next()));

        // The directory's verdict is where to go on from, should this actor have been restarted.
        var state = new HealthState(options.Rise, options.Fall, status.Probe, new FlapDamping(_context.Time, options.Pace.FlapHalfLife));
        var target = new ProbedBackend(status.Backend, state, schedule, schedule.First(index, count), _context.Time.GetTimestamp());
        var context = _context;

        // Numbered, because a namesake that was removed may not have stopped yet.
        _started++;
        return Context.ActorOf(Akka.Actor.Props.Create(() => new Prober(context, target)), $"{_started}-{status.Backend.Id}");
    }

    private void OnProbeNow(Protocol.ProbeNow message)
    {
        if (_probers.TryGetValue(message.BackendId, out var probed))
        {
            probed.Prober.Tell(Prober.Protocol.ProbeNow.Instance);
        }
    }

    /// <summary>What the supervisor understands and says.</summary>
    public static class Protocol
    {
        /// <summary>Probe this backend now, because something looks wrong; at most ten times an interval, and an unknown id is ignored.</summary>
        public sealed record ProbeNow(string BackendId) : IDeadLetterSuppression;

        /// <summary>The directory has a new set.</summary>
        public sealed record BackendsChanged(BackendSet Set) : IDeadLetterSuppression;

        /// <summary>A probe's result was applied; published on the event stream, once per probe and pipeline.</summary>
        public sealed record Probed(Backend Backend, ProbeResult Result, ProbeVerdict Verdict);
    }
}
