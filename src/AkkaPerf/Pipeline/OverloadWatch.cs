using AkkaPerf.Exchanges;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Pipeline;

/// <summary>Says when a pipeline begins to refuse requests for want of room, or to have them wait at its door, and when that is over: not while it comes and goes. Any thread.</summary>
internal sealed class OverloadWatch : IDisposable
{
    private const int Room = 1;
    private const int Door = 2;

    private readonly ILogger _logger;
    private readonly PipelineCore _core;
    private readonly Spell _refusing;
    private readonly Spell _waiting;
    private readonly Action _waitingBegun;
    private readonly Action _fullBegun;
    private readonly Action _rateBegun;
    private long _refusedBefore;

    public OverloadWatch(ILogger logger, PipelineCore core)
    {
        _logger = logger;
        _core = core;
        _refusing = new Spell(core.Time, RefusingEnded);
        _waiting = new Spell(core.Time, WaitingEnded);
        _waitingBegun = () => PipelineLog.WaitingBegun(logger, core.Name);
        _fullBegun = () => RefusingBegun(RefusalReason.QueueFull);
        _rateBegun = () => RefusingBegun(RefusalReason.RateLimited);
    }

    private long Refused => _core.Counters.Refused(RefusalReason.QueueFull) + _core.Counters.Refused(RefusalReason.RateLimited);

    /// <summary>Takes in that load is shed from now on, and why, or no longer (null).</summary>
    public void Shed(RefusalReason? reason) => _refusing.Set(Room, reason is not null, reason == RefusalReason.RateLimited ? _rateBegun : _fullBegun);

    /// <summary>Takes in that somebody was refused as all places inside are taken.</summary>
    public void RefusedAtDoor() => _refusing.Touch(_fullBegun);

    /// <summary>Takes in that somebody was refused as no start is left and nobody may wait for one.</summary>
    public void RefusedByRate() => _refusing.Touch(_rateBegun);

    /// <summary>Takes in that the waiting room takes nobody from now on, so that callers wait at the door, or does again.</summary>
    public void HoldBack(bool isFull) => _waiting.Set(Room, isFull, _waitingBegun);

    /// <summary>Takes in that somebody waits at the door for a place inside from now on, or nobody any more.</summary>
    public void Crowd(bool isCrowded) => _waiting.Set(Door, isCrowded, _waitingBegun);

    public void Dispose()
    {
        _refusing.Dispose();
        _waiting.Dispose();
    }

    private void RefusingBegun(RefusalReason reason)
    {
        _refusedBefore = Refused;
        PipelineLog.OverloadBegun(_logger, _core.Name, TagValues<RefusalReason>.Of(reason));
    }

    private void RefusingEnded() => PipelineLog.OverloadEnded(_logger, _core.Name, Refused - _refusedBefore);

    private void WaitingEnded() => PipelineLog.WaitingEnded(_logger, _core.Name);
}
