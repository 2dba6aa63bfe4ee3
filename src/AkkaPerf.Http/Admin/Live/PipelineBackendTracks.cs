using AkkaPerf.Backends;
using AkkaPerf.Pipeline;
using AkkaPerf.Statistics;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Follows the backends of one pipeline, of many those that need looking at first. One thread at a time.</summary>
internal sealed class PipelineBackendTracks
{
    private readonly IRequestPipeline _pipeline;
    private readonly int _shown;
    private List<(BackendStatus Status, BackendTrack Track)> _tracks = [];

    public PipelineBackendTracks(IRequestPipeline pipeline, int shown)
    {
        _pipeline = pipeline;
        _shown = shown;
        Follow();
    }

    public IReadOnlyDictionary<string, double[]> History => _tracks.ToDictionary(
        static item => item.Status.Backend.Id, static item => item.Track.History, StringComparer.Ordinal);

    /// <summary>Takes a sample of each; gives all their answers since the one before.</summary>
    public DurationSnapshot Sample(double seconds)
    {
        Follow();
        return _tracks.Aggregate(DurationSnapshot.Empty, (all, item) => all.With(item.Track.Sample(seconds)));
    }

    public IReadOnlyList<BackendView> Views(PipelineSnapshot figures)
    {
        var known = figures.Backends.ToDictionary(static backend => backend.Id, StringComparer.Ordinal);
        var pools = _pipeline.Connections?.Current.ToLookup(static pool => pool.Backend);
        var eligible = _pipeline.Backends?.Current.Eligible.Select(static status => status.Backend).ToHashSet() ?? [];
        return [.. _tracks
            .Where(item => known.ContainsKey(item.Status.Backend.Id))
            .Select(item => View(item, known[item.Status.Backend.Id], eligible.Contains(item.Status.Backend)) with
            {
                MaxConnections = pools?[item.Status.Backend].FirstOrDefault()?.Max,
            })];
    }

    private static BackendView View((BackendStatus Status, BackendTrack Track) item, BackendSnapshot figures, bool isEligible) => new()
    {
        Id = figures.Id,
        Address = figures.Address,
        State = figures.State,
        Cause = figures.Cause,
        Since = figures.Since,
        IsDraining = figures.IsDraining,
        IsEnabled = item.Status.IsEnabled,
        IsEligible = isEligible,
        Weight = figures.Weight,
        Ramp = item.Status.Ramp,
        Priority = item.Status.Backend.Priority,
        Zone = item.Status.Backend.Zone,
        InFlight = figures.InFlight,
        Succeeded = figures.Succeeded,
        Failed = figures.Failed,
        Connections = figures.Connections,
        Rate = item.Track.Rate,
        Errors = item.Track.Errors,
        P50 = item.Track.P50,
        P99 = item.Track.P99,
    };

    private void Follow()
    {
        if (_pipeline.Backends?.Current.All is not { } all)
        {
            return;
        }

        var known = _tracks.ToDictionary(static item => item.Track.Backend, static item => item.Track);
        _tracks = [.. (all.Length <= _shown ? all : all.OrderBy(Calm).Take(_shown))
            .Select(status => (status, known.GetValueOrDefault(status.Backend) ?? new BackendTrack(status.Backend)))];
    }

    // The well ones last; what is off by somebody's hand is no news.
    private static int Calm(BackendStatus status) => status.Health switch
    {
        BackendHealth.Unhealthy or BackendHealth.Ejected => 0,
        BackendHealth.Probation or BackendHealth.Degraded or BackendHealth.Unknown => 1,
        BackendHealth.Draining or BackendHealth.Disabled => 2,
        _ => 3,
    };
}
