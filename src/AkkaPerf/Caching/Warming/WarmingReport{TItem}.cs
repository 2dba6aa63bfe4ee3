namespace AkkaPerf.Caching.Warming;

/// <summary>How a warming ended.</summary>
/// <typeparam name="TItem">A key or a request.</typeparam>
/// <param name="Total">What became of all items.</param>
/// <param name="Failures">The items that could not be warmed, the first 1,000 of them.</param>
public sealed record WarmingReport<TItem>(WarmingProgress Total, IReadOnlyList<WarmingFailure<TItem>> Failures);
