namespace AkkaPerf.Caching.Invalidations;

/// <summary>When something was last invalidated; never changes.</summary>
/// <param name="Version">The table's version that this mark began; 0 if it is only known that nothing newer exists.</param>
/// <param name="At">When, by the clock on the wall.</param>
internal sealed record InvalidationMark(int Version, DateTimeOffset At)
{
    /// <summary>Known never to have been invalidated.</summary>
    public static InvalidationMark Never { get; } = new(0, DateTimeOffset.MinValue);

    /// <summary>Whether it was this process that did it.</summary>
    public bool IsOwn { get; init; }
}
