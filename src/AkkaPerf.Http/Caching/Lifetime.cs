namespace AkkaPerf.Http.Caching;

/// <summary>For how long a response is kept, and what it weighs.</summary>
internal sealed record Lifetime(TimeSpan Fresh, long Bytes);
