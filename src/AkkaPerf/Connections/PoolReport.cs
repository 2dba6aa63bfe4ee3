using Akka.Event;
using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>Writes what people should know of a pool into the log: changes, not repetitions.</summary>
internal sealed class PoolReport
{
    private readonly Backend _backend;
    private readonly PoolSettings _settings;
    private readonly ILoggingAdapter _log;

    public PoolReport(Backend backend, PoolSettings settings, ILoggingAdapter log)
    {
        _backend = backend;
        _settings = settings;
        _log = log;
    }

    public void Write(in PoolEffect effect)
    {
        switch (effect.Kind)
        {
            case PoolEffectKind.ReportLeak:
                Leak(effect);
                break;
            case PoolEffectKind.ReportReturn:
                Return(effect);
                break;
            case PoolEffectKind.ReportConnectFailure:
                ConnectFailure(effect.Cause!);
                break;
            case PoolEffectKind.ReportRecovery:
                _log.Info("Connecting to {0} works again.", _backend);
                break;
            case PoolEffectKind.ReportStall:
                Stall(effect.Count);
                break;
            case PoolEffectKind.ReportProgress:
                _log.Info("The connects to {0} that hung have ended.", _backend);
                break;
        }
    }

    public void CloseFailure(Exception cause) => _log.Debug("Closing a connection to {0} failed: {1}", _backend, cause);

    public void WaiterFailure(Exception cause) => _log.Error(cause, "Somebody who waited for a connection to {0} failed when the wait ended.", _backend);

    private void Leak(in PoolEffect effect) => _log.Warning(
        "A connection to {0}, taken by {1}, has not been given back for {2} s.", _backend, HolderOf(effect), SecondsOf(effect));

    private void Return(in PoolEffect effect) => _log.Info(
        "A connection to {0}, taken by {1}, was given back after {2} s.", _backend, HolderOf(effect), SecondsOf(effect));

    private void ConnectFailure(Exception cause) => _log.Warning(
        cause, "Connecting to {0} fails: {1} It is tried again with back-off.", _backend, cause.Message);

    private void Stall(int hanging) => _log.Warning(
        "{0} connects to {1} were told to stop, but have not ended {2} s later: the connection factory ignores its token or hangs.",
        hanging, _backend, _settings.ToTimeSpan(_settings.ConnectTimeout).TotalSeconds.ToString("0.###"));

    private static string HolderOf(in PoolEffect effect) => effect.Waiter?.Holder ?? "somebody unnamed";

    private string SecondsOf(in PoolEffect effect) => _settings.ToTimeSpan(effect.Held).TotalSeconds.ToString("0.###");
}
