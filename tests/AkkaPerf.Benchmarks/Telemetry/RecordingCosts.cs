using System.Diagnostics;
using System.Diagnostics.Metrics;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Benchmarks.Telemetry;

/// <summary>What the recordings of a request that waited for nothing cost by themselves, beside bare ones: what is more is ours, the rest the listener's.</summary>
internal sealed class RecordingCosts
{
    private const int Turns = 500_000;
    private const int Rounds = 30;

    private readonly DurationMetrics _metrics;
    private readonly RequestDurations _durations;
    private readonly KeyValuePair<string, object?>[] _backend;
    private readonly KeyValuePair<string, object?>[] _answered = [new(Tags.Pipeline, "alone"), new(Tags.Outcome, "answered")];

    public RecordingCosts(Meters meters)
    {
        _metrics = new DurationMetrics(meters.Create(new MeterOptions(AkkaPerfTelemetry.MeterName)));
        _durations = new RequestDurations(_metrics, "alone", TimeProvider.System);
        _backend = _durations.OfBackend("a");
    }

    /// <summary>Nanoseconds a request; the least of many rounds in turn, since what the machine does beside it only adds.</summary>
    public (double Ours, double Bare) Measure()
    {
        var ours = double.MaxValue;
        var bare = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            ours = Math.Min(ours, Time(this, static (costs, i) => costs.RecordOurs(i)));
            bare = Math.Min(bare, Time(this, static (costs, i) => costs.RecordBare(i)));
        }

        return (ours, bare);
    }

    /// <summary>What a listener gets of one request, told by its own interface alone.</summary>
    public void RecordBare(int nanoseconds)
    {
        _metrics.Phases.Record(nanoseconds * 1e-9, _backend);
        _metrics.Requests.Record(nanoseconds * 1e-9, _answered);
    }

    private void RecordOurs(int ticks)
    {
        if (_durations.IsEnabled)
        {
            _durations.Handled(ticks, _backend);
            _durations.Answered(ticks);
        }
    }

    private static double Time(RecordingCosts costs, Action<RecordingCosts, int> record)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Turns; i++)
        {
            record(costs, i);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Turns;
    }
}
