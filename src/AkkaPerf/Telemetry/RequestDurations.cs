using System.Diagnostics.Metrics;

namespace AkkaPerf.Telemetry;

/// <summary>Records how long one pipeline's requests take, if anybody listens; its tags are made once. Any thread.</summary>
internal sealed class RequestDurations
{
    private readonly DurationMetrics _metrics;
    private readonly Histogram<double> _requests;
    private readonly Histogram<double> _phases;
    private readonly KeyValuePair<string, object?> _pipeline;
    private readonly KeyValuePair<string, object?>[] _answered;
    private readonly KeyValuePair<string, object?>[] _refused;
    private readonly KeyValuePair<string, object?>[] _faulted;
    private readonly KeyValuePair<string, object?>[] _waiting;
    private readonly KeyValuePair<string, object?>[] _lookUp;
    private readonly KeyValuePair<string, object?>[] _connecting;
    private readonly KeyValuePair<string, object?>[] _backend;
    private readonly double _secondsPerTick;

    public RequestDurations(DurationMetrics metrics, string pipeline, TimeProvider time)
    {
        _metrics = metrics;
        _requests = metrics.Requests;
        _phases = metrics.Phases;
        _secondsPerTick = 1.0 / time.TimestampFrequency;
        _pipeline = new(Tags.Pipeline, pipeline);
        _answered = With(Tags.Outcome, "answered");
        _refused = With(Tags.Outcome, "refused");
        _faulted = With(Tags.Outcome, "faulted");
        _waiting = With(Tags.Phase, "waiting");
        _lookUp = With(Tags.Phase, "look_up");
        _connecting = With(Tags.Phase, "connecting");
        _backend = With(Tags.Phase, "backend");
    }

    /// <summary>Whether anybody listens; if not, nothing is to be measured.</summary>
    public bool IsEnabled => _requests.Enabled || _phases.Enabled;

    public void Answered(long ticks) => Record(_requests, ticks, _answered);

    public void Refused(long ticks) => Record(_requests, ticks, _refused);

    public void Faulted(long ticks) => Record(_requests, ticks, _faulted);

    /// <summary>Until a request could start: at the door, in the room, for a backend with room.</summary>
    public void Waited(long ticks) => Record(_phases, ticks, _waiting);

    public void LookedUp(long ticks) => Record(_phases, ticks, _lookUp);

    /// <summary>Until there was a connection, where none was at once.</summary>
    public void Connected(long ticks) => Record(_phases, ticks, _connecting);

    /// <summary>Of a handler without a backend.</summary>
    public void Handled(long ticks) => Record(_phases, ticks, _backend);

    /// <summary>Of a backend, until it answered.</summary>
    public void Handled(long ticks, KeyValuePair<string, object?>[] backend) => Record(_phases, ticks, backend);

    public void Opened(long ticks, string backend)
    {
        if (_metrics.Connects.Enabled)
        {
            _metrics.Connects.Record(Math.Max(0, ticks) * _secondsPerTick, _pipeline, new(Tags.Backend, backend));
        }
    }

    /// <summary>The tags of a backend's part, to be kept with the backend.</summary>
    public KeyValuePair<string, object?>[] OfBackend(string id) => [.. _backend, new(Tags.Backend, id)];

    private KeyValuePair<string, object?>[] With(string tag, string value) => [_pipeline, new(tag, value)];

    private void Record(Histogram<double> histogram, long ticks, KeyValuePair<string, object?>[] tags)
    {
        if (!histogram.Enabled)
        {
            return;
        }

        try
        {
            histogram.Record(Math.Max(0, ticks) * _secondsPerTick, tags);
        }
        catch (Exception)
        {
            // A listener's own fault, on the thread of a caller, a handler or a timer: it must not cost the request its answer.
        }
    }
}
