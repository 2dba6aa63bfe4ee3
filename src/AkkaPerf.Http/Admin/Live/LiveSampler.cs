using AkkaPerf.Caching;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Looks at all pipelines once a second, for however many viewers, and keeps the last minutes for who comes later. Any thread.</summary>
/// <remarks>
/// Without a viewer that is a handful of counters a pipeline; what is dear (hot keys, traces, the text itself) is made for viewers only, once
/// for all of them. Nothing of it stands in the way of a request.
/// </remarks>
internal sealed class LiveSampler : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private const int ShownDecisions = 12;
    private const int ShownKeys = 12;

    // To find the hottest every entry of the cache is looked at.
    private const int SamplesPerKeys = 5;

    private readonly IPipelines _pipelines;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IReadOnlyList<KeyHits<string>>> _hotKeys = new(StringComparer.Ordinal);
    private List<PipelineTrack> _tracks = [];
    private long _sampledAt;
    private int _samples;
    private int _isSampling;
    private ITimer? _timer;

    public LiveSampler(IPipelines pipelines, TimeProvider time)
    {
        _pipelines = pipelines;
        _time = time;
        _sampledAt = time.GetTimestamp();
    }

    /// <summary>Those who look.</summary>
    public LiveViewers Viewers { get; } = new();

    /// <summary>The last minutes of all pipelines.</summary>
    public IReadOnlyList<PipelineHistory> History
    {
        get
        {
            lock (_gate)
            {
                Follow();
                return [.. _tracks.Select(static track => track.History)];
            }
        }
    }

    /// <summary>Begins to look.</summary>
    public void Start() => _timer ??= _time.CreateTimer(static state => ((LiveSampler)state!).OnTimer(), this, Interval, Interval);

    public void Dispose()
    {
        _timer?.Dispose();
        Viewers.Dispose();
    }

    /// <summary>The pipelines as they were at the last sample.</summary>
    public LiveSample Current()
    {
        lock (_gate)
        {
            Follow();
            return new LiveSample(_time.GetUtcNow(), _pipelines.IsStopping, [.. _tracks.Select(View)]);
        }
    }

    /// <summary>One pipeline as it was at the last sample; null if it is none of ours.</summary>
    public PipelineView? Find(IRequestPipeline pipeline)
    {
        lock (_gate)
        {
            Follow();
            return _tracks.Find(track => ReferenceEquals(track.Pipeline, pipeline))?.View(int.MaxValue);
        }
    }

    /// <summary>Takes a sample, and tells the viewers.</summary>
    public void Sample()
    {
        LiveSample? sample = null;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var seconds = _time.GetElapsedTime(_sampledAt, now).TotalSeconds;
            Follow();
            if (seconds <= 0)
            {
                return;
            }

            _sampledAt = now;
            foreach (var track in _tracks)
            {
                track.Sample(_time.GetUtcNow(), seconds);
            }

            if (Viewers.Count > 0)
            {
                FindHotKeys();
                sample = Current();
            }
        }

        if (sample is not null)
        {
            Viewers.Tell(LiveEvents.Sample(sample));
        }
    }

    // One that takes longer than a second skips the next; one that fails is left out, for the timer has nobody to tell.
    private void OnTimer()
    {
        if (Interlocked.Exchange(ref _isSampling, 1) != 0)
        {
            return;
        }

        try
        {
            Sample();
        }
        catch (Exception)
        {
            // A pipeline that ends while it is looked at: the next sample does without it.
        }
        finally
        {
            Volatile.Write(ref _isSampling, 0);
        }
    }

    // One of the same name that began anew has figures of its own, but the minutes before it are what one wants to see then.
    private void Follow()
    {
        var all = _pipelines.All;
        if (!all.SequenceEqual(_tracks.Select(static track => track.Pipeline)))
        {
            _tracks = [.. all.Select(pipeline => _tracks.Find(track => ReferenceEquals(track.Pipeline, pipeline))
                ?? new PipelineTrack(pipeline, _tracks.Find(track => track.Pipeline.Name == pipeline.Name)))];
        }
    }

    private void FindHotKeys()
    {
        if (_samples++ % SamplesPerKeys == 0)
        {
            _hotKeys.Clear();
            foreach (var track in _tracks.Where(static track => track.Pipeline.Describe().Cache is not null))
            {
                _hotKeys[track.Pipeline.Name] = track.Pipeline.HottestKeys(ShownKeys);
            }
        }
    }

    private PipelineView View(PipelineTrack track) => track.View(ShownDecisions) with { HotKeys = _hotKeys.GetValueOrDefault(track.Pipeline.Name) };
}
