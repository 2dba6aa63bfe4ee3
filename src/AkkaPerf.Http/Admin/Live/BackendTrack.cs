using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Follows one backend from sample to sample.</summary>
internal sealed class BackendTrack
{
    private const int Rates = 60;
    private const int Window = 10;

    private readonly Ring<double> _rates = new(Rates);
    private readonly Ring<Look> _looks = new(Window + 1);
    private Look _last;

    public BackendTrack(Backend backend)
    {
        Backend = backend;
        _last = Look.At(backend, last: null);
        _looks.Add(_last);
    }

    public Backend Backend { get; }

    /// <summary>Exchanges a second, sample by sample.</summary>
    public double[] History => _rates.ToArray();

    /// <summary>Takes a sample; gives the answers since the one before.</summary>
    public DurationSnapshot Sample(double seconds)
    {
        var now = Look.At(Backend, _last);
        var fresh = now.Times.Since(_last.Times);
        Rate = (now.Succeeded + now.Failed - _last.Succeeded - _last.Failed) / seconds;
        var oldest = _looks.Oldest;
        var (succeeded, failed) = (now.Succeeded - oldest.Succeeded, now.Failed - oldest.Failed);
        Errors = succeeded + failed > 0 ? (double)failed / (succeeded + failed) : null;
        var lately = now.Times.Since(oldest.Times);
        P50 = lately.Quantile(0.5)?.TotalMilliseconds;
        P99 = lately.Quantile(0.99)?.TotalMilliseconds;
        _rates.Add(Math.Round(Rate, 1));
        _looks.Add(now);
        _last = now;
        return fresh;
    }

    public double Rate { get; private set; }

    public double? Errors { get; private set; }

    public double? P50 { get; private set; }

    public double? P99 { get; private set; }

    private readonly record struct Look(long Succeeded, long Failed, DurationSnapshot Times)
    {
        // Most backends of an idle pipeline have had nothing since: their times need no copy.
        public static Look At(Backend backend, Look? last)
        {
            var (succeeded, failed) = (backend.Succeeded, backend.Failed);
            return last is { } before && before.Succeeded == succeeded && before.Failed == failed
                ? before
                : new(succeeded, failed, backend.AnswerTimes);
        }
    }
}
