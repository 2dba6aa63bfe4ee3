namespace AkkaPerf.Http.Proxying;

/// <summary>How long a body may be silent, and on which clock.</summary>
internal sealed record ActivityOptions(TimeSpan Timeout, TimeProvider Time);
