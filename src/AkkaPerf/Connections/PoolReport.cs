using AkkaPerf.Backends;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Connections;

/// <summary>Writes what people should know of a pool into the log: changes, not repetitions.</summary>
internal sealed class PoolReport
{
    private readonly Backend _backend;
    private readonly PoolSettings _settings;
    private readonly ILogger _logger;

    public PoolReport(Backend backend, PoolSettings settings, ILogger logger)
    {
        _backend = backend;
        _settings = settings;
        _logger = logger;
    }

    public void Write(in PoolEffect effect)
    {
        switch (effect.Kind)
        {
            case PoolEffectKind.ReportLeak:
                PoolLog.Leaked(_logger, _backend, HolderOf(effect), SecondsOf(effect.Held));
                break;
            case PoolEffectKind.ReportReturn:
                PoolLog.Returned(_logger, _backend, HolderOf(effect), SecondsOf(effect.Held));
                break;
            case PoolEffectKind.ReportConnectFailure:
                PoolLog.ConnectsFail(_logger, effect.Cause!, _backend, effect.Cause!.Message);
                break;
            case PoolEffectKind.ReportRecovery:
                PoolLog.ConnectsWork(_logger, _backend);
                break;
            case PoolEffectKind.ReportStall:
                PoolLog.ConnectsHang(_logger, effect.Count, _backend, SecondsOf(_settings.ConnectTimeout));
                break;
            case PoolEffectKind.ReportProgress:
                PoolLog.ConnectsHangNoMore(_logger, _backend);
                break;
            case PoolEffectKind.ReportExhaustion:
                PoolLog.Exhausted(_logger, effect.Count, _backend);
                break;
            case PoolEffectKind.ReportRelief:
                PoolLog.Recovered(_logger, _backend);
                break;
        }
    }

    public void CloseFailure(Exception cause) => PoolLog.CloseFailed(_logger, cause, _backend);

    public void WaiterFailure(Exception cause) => PoolLog.WaiterFailed(_logger, cause, _backend);

    private static string HolderOf(in PoolEffect effect) => effect.Waiter?.Holder ?? "somebody unnamed";

    private string SecondsOf(long ticks) => _settings.ToTimeSpan(ticks).TotalSeconds.ToString("0.###");
}
