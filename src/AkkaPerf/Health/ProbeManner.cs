namespace AkkaPerf.Health;

/// <summary>How backends are asked and how often, as far as options say it: two that are equal ask the same at the same pace.</summary>
internal sealed record ProbeManner(
    ProbeKind Probe,
    string Path,
    string Statuses,
    string Service,
    string Body,
    TimeSpan Timeout,
    TimeSpan Interval,
    TimeSpan EdgeInterval,
    TimeSpan UnhealthyInterval,
    TimeSpan MaxUnhealthyInterval)
{
    public static ProbeManner Of(HealthOptions options) => new(
        options.Probe,
        options.Path,
        string.Join(',', options.Statuses),
        options.Service,
        options.Body,
        options.Timeout,
        options.Interval,
        options.Pace.EdgeInterval,
        options.Pace.UnhealthyInterval,
        options.Pace.MaxUnhealthyInterval);
}
