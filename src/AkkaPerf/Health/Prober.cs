using Akka.Actor;
using Akka.Event;

namespace AkkaPerf.Health;

/// <summary>Probes one backend: waits, probes, applies the result at once, waits again; never two probes of its own at a time.</summary>
/// <remarks>
/// It probes once it has a turn (<see cref="ProbeGate"/>). A probe without an answer at its timeout has failed; what it says later is ignored, whether it heeds its token or not
/// (<see cref="ProbeCalls"/> bounds those that do not). An answer that a prober of another pipeline got to the same question is as good as one of
/// its own (<see cref="ProbePeers"/>).
/// </remarks>
internal sealed class Prober : ReceiveActor
{
    private readonly ProbingContext _context;
    private readonly ProbedBackend _target;
    private ITimer? _timer;

    // Either a wait, a turn not yet granted, or a call is current; timers, grants and ends that name another one are late.
    private object? _wait;
    private ProbeTurn? _turn;
    private ProbeCall? _call;
    private long? _startedAt;

    // Since when a probe is wanted that has not begun yet; null for none.
    private long? _demandedAt;

    public Prober(ProbingContext context, ProbedBackend target)
    {
        _context = context;
        _target = target;
        Receive<Protocol.ProbeNow>(_ => OnProbeNow());
        Receive<Protocol.Due>(due => due.Wait == _wait, _ => Probe());
        Receive<Protocol.Granted>(granted => granted.Turn == _turn, _ => Begin());
        Receive<Protocol.Ended>(ended => ended.Call == _call, ended => OnAnswer(ended.Result));
        Receive<Protocol.Heard>(IsNews, OnHeard);
        Receive<Protocol.TimedOut>(timedOut => timedOut.Call == _call, _ => OnTimedOut());
        Receive<Protocol.ITimed>(_ => { });
    }

    private TimeSpan SinceStart => _startedAt is { } startedAt ? _context.Time.GetElapsedTime(startedAt) : TimeSpan.MaxValue;

    protected override void PreStart()
    {
        _context.Peers?.Join(_target.Backend, Self);
        var rest = _target.FirstDelay - _context.Time.GetElapsedTime(_target.AddedAt);
        WaitFor(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
    }

    // A full interval, never at once: a prober that crashes on every result must not spin.
    protected override void PostRestart(Exception reason)
    {
        _context.Peers?.Join(_target.Backend, Self);
        WaitFor(_target.Schedule.Next(TimeSpan.Zero));
    }

    protected override void PostStop()
    {
        _context.Peers?.Leave(_target.Backend, Self);
        _timer?.Dispose();
        _call?.Abandon();
        _call = null;
        _turn?.Leave();
        _turn = null;
    }

    // Several that ask at the same moment get one answer, however often it is given: it must not count as so many in a row. Nor does what was
    // asked before the last answer, or before whatever has raised a demand since.
    private bool IsNews(Protocol.Heard heard) => _call is null
        && _target.Schedule.OnDemand(SinceStart - heard.Age) == TimeSpan.Zero
        && (_demandedAt is not { } demandedAt || _context.Time.GetElapsedTime(demandedAt) >= heard.Age);

    private void OnProbeNow()
    {
        _demandedAt = _context.Time.GetTimestamp();
        if (_call is not null || _turn is not null)
        {
            // One that runs may have asked before whatever raised the demand, and another follows; one that has no turn yet begins as soon as it may.
            return;
        }

        var rest = _target.Schedule.OnDemand(SinceStart);
        if (rest > TimeSpan.Zero)
        {
            WaitFor(rest);
        }
        else
        {
            Probe();
        }
    }

    private void Probe()
    {
        _wait = null;
        var self = Self;
        if (_context.Gate.TryEnter(turn => self.Tell(new Protocol.Granted(turn), ActorRefs.NoSender), out _turn))
        {
            Begin();
        }
    }

    private void Begin()
    {
        _demandedAt = null;
        _startedAt = _context.Time.GetTimestamp();
        if (!_target.Calls.TryEnter())
        {
            Apply(new ProbeResult(IsUp: false, "earlier probes still hang"));
            return;
        }

        var call = new ProbeCall();
        _call = call;
        Arm(new Protocol.TimedOut(call), _context.Options.Timeout);
        _ = call.RunAsync(_context.Probe, _target.Backend, _target.Calls).PipeTo(
            Self,
            success: result => new Protocol.Ended(call, result),
            failure: exception => new Protocol.Ended(call, new ProbeResult(IsUp: false, FailureCause.Of(exception))));
    }

    private void OnTimedOut()
    {
        _call?.Abandon();
        OnAnswer(new ProbeResult(IsUp: false, $"no answer within {_context.Options.Timeout.TotalMilliseconds} ms"));
    }

    private void OnAnswer(ProbeResult result)
    {
        _context.Peers?.Tell(_target.Backend, Self, new Protocol.Heard(result, SinceStart));
        Apply(result);
    }

    // As if it had asked itself, when the other did.
    private void OnHeard(Protocol.Heard heard)
    {
        _wait = null;
        _demandedAt = null;
        _startedAt = _context.Time.GetTimestamp() - (long)(heard.Age.TotalSeconds * _context.Time.TimestampFrequency);
        Apply(heard.Result);
    }

    private void Apply(ProbeResult result)
    {
        _call = null;
        _turn?.Leave();
        _turn = null;
        var state = _target.State;
        state.Record(result);
        WaitFor(_demandedAt is not null ? _target.Schedule.OnDemand(SinceStart) : _target.Schedule.Next(SinceStart, state));

        // Not only on change: should the directory have missed a verdict, the next result mends it.
        _context.Directory.Judge(_target.Backend, state.Verdict, state.Detail);
        if (result.IsUp)
        {
            _context.Directory.NotifyFoundUp(_target.Backend);
        }

        Context.System.EventStream.Publish(new HealthSupervisor.Protocol.Probed(_target.Backend, result, state.Verdict));
    }

    private void WaitFor(TimeSpan delay)
    {
        var wait = new object();
        _wait = wait;
        Arm(new Protocol.Due(wait), delay);
    }

    private void Arm(Protocol.ITimed message, TimeSpan delay)
    {
        _timer?.Dispose();
        var self = Self;
        _timer = _context.Time.CreateTimer(_ => self.Tell(message), state: null, delay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What a prober understands.</summary>
    public static class Protocol
    {
        /// <summary>Bound to one wait or call, and out of date with it: nothing is lost if it comes too late.</summary>
        public interface ITimed : IDeadLetterSuppression;

        /// <summary>Probe without waiting for the interval's end.</summary>
        public sealed record ProbeNow : IDeadLetterSuppression
        {
            public static readonly ProbeNow Instance = new();
        }

        /// <summary>A wait is over.</summary>
        public sealed record Due(object Wait) : ITimed;

        /// <summary>Its turn has come.</summary>
        public sealed record Granted(ProbeTurn Turn) : ITimed;

        /// <summary>A probe has had its time.</summary>
        public sealed record TimedOut(ProbeCall Call) : ITimed;

        /// <summary>Another pipeline's prober has asked the same, so long ago, and got this.</summary>
        public sealed record Heard(ProbeResult Result, TimeSpan Age) : ITimed;

        /// <summary>A probe returned or threw.</summary>
        public sealed record Ended(ProbeCall Call, ProbeResult Result) : ITimed;
    }
}
