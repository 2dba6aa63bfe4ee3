namespace AkkaPerf.Caching.Warming;

/// <summary>One item that could not be warmed.</summary>
/// <typeparam name="TItem">A key or a request.</typeparam>
/// <param name="Item">Which.</param>
/// <param name="Exception">Why.</param>
public sealed record WarmingFailure<TItem>(TItem Item, Exception Exception);
