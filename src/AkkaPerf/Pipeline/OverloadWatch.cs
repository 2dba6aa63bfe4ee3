using AkkaPerf.Exchanges;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Pipeline;

/// <summary>Says when a pipeline begins to shed load, and when that is over: not while it comes and goes. Any thread.</summary>
internal sealed class OverloadWatch : IDisposable
{
    // At the limit a room is full and not full many times a second: that is one overload.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private readonly PipelineCore _core;
    private readonly ITimer _timer;
    private bool _isShedding;
    private bool _isOverloaded;
    private long _quietSince;
    private long _refusedBefore;

    public OverloadWatch(ILogger logger, PipelineCore core)
    {
        _logger = logger;
        _core = core;
        _timer = core.Time.CreateTimer(static watch => ((OverloadWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private long Refused => _core.Counters.Refused(RefusalReason.QueueFull) + _core.Counters.Refused(RefusalReason.RateLimited);

    /// <summary>Takes in that load is shed from now on, and why, or no longer (null).</summary>
    public void Shed(RefusalReason? reason)
    {
        lock (_gate)
        {
            _isShedding = reason is not null;
            if (reason is not { } why)
            {
                _quietSince = _core.Time.GetTimestamp();
                return;
            }

            if (_isOverloaded)
            {
                return;
            }

            _isOverloaded = true;
            _refusedBefore = Refused;
            _timer.Change(Quiet, Quiet);
            PipelineLog.OverloadBegun(_logger, _core.Name, TagValues<RefusalReason>.Of(why));
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_gate)
        {
            if (!_isOverloaded || _isShedding || _core.Time.GetElapsedTime(_quietSince) < Quiet)
            {
                return;
            }

            _isOverloaded = false;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            PipelineLog.OverloadEnded(_logger, _core.Name, Refused - _refusedBefore);
        }
    }
}
