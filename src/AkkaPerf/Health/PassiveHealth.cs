using System.Globalization;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>Ejects backends whose traffic fails: so many failures in a row, or too small a part of good answers within an exact window.</summary>
/// <remarks>
/// Any thread; a success costs a look, sums are made only when something fails. The directory has the last word: it ejects only
/// so many, never the last, and keeps the time. Switched off it still ends trials, for a hand may eject too. What began before a backend was tried anew does not count (<see cref="Backend.BeginAnew"/>).
/// </remarks>
internal sealed class PassiveHealth : IBackendWatcher
{
    private readonly BackendDirectory _directory;
    private readonly PassiveOptions _options;
    private readonly long _window;

    public PassiveHealth(BackendDirectory directory, PassiveOptions options, TimeProvider time)
    {
        _directory = directory;
        _options = options;
        _window = (long)(options.Window.TotalSeconds * time.TimestampFrequency);
    }

    public object NewRecord() => new PassiveRecord(_window);

    public void Ended(Backend backend, BackendOutcome outcome, long succeeded, long now)
    {
        if (outcome == BackendOutcome.Cancelled)
        {
            return;
        }

        var isGood = outcome == BackendOutcome.Success;
        switch (backend.Health)
        {
            case BackendHealth.Probation:
                RecordOf(backend).Clear();
                _directory.TrialEnded(backend, isGood, isGood ? "the request on trial went well" : $"the request on trial failed: {Name(outcome)}");
                break;
            case BackendHealth.Ejected:
                // Let in by panic: its time is not shortened by that.
                break;
            default:
                if (!_options.Enabled)
                {
                    break;
                }

                if (isGood)
                {
                    RecordOf(backend).Succeeded(succeeded, now);
                }
                else
                {
                    Failed(backend, outcome, succeeded, now);
                }

                break;
        }
    }

    // Else the failures that took a backend out would count against it when it is back.
    public void Forget(Backend backend) => (backend.Watched as PassiveRecord)?.Clear();

    private void Failed(Backend backend, BackendOutcome outcome, long succeededEver, long now)
    {
        var record = RecordOf(backend);
        var inARow = record.Failed(now);
        if (!_directory.MayEjectAny)
        {
            return;
        }

        if (_options.ConsecutiveFailures > 0 && inARow >= _options.ConsecutiveFailures)
        {
            Eject(backend, record, TransitionKind.ConsecutiveFailures, $"{inARow} failures in a row, the last: {Name(outcome)}");
            return;
        }

        var (succeeded, failed) = record.Window.Sum(succeededEver, now);
        var total = succeeded + failed;
        if (total >= _options.MinRequests && succeeded < _options.SuccessRate * total)
        {
            var rate = ((double)succeeded / total).ToString("P0", CultureInfo.InvariantCulture);
            Eject(backend, record, TransitionKind.SuccessRate, $"only {rate} of {total} went well");
        }
    }

    private void Eject(Backend backend, PassiveRecord record, TransitionKind kind, string cause)
    {
        if (_directory.Eject(backend, kind, cause))
        {
            record.Clear();
        }
    }

    // Whoever watches a backend has made its record.
    private static PassiveRecord RecordOf(Backend backend) => (PassiveRecord)backend.Watched!;

    private static string Name(BackendOutcome outcome) => outcome switch
    {
        BackendOutcome.Timeout => "no answer in time",
        BackendOutcome.Unreachable => "no connection",
        _ => "it failed",
    };
}
