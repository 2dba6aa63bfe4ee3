namespace AkkaPerf.Caching.Distributed;

/// <summary>A write or a removal that the store has not had, or may not have had.</summary>
/// <param name="Key">As the store knows it.</param>
/// <param name="Order">Its place among all changes.</param>
/// <param name="Value">The envelope; null for a removal.</param>
/// <param name="ExpiresAt">When the value's life ends.</param>
internal sealed record Change(string Key, long Order, byte[]? Value, DateTimeOffset ExpiresAt)
{
    /// <summary>The same with its value let go.</summary>
    public Change AsRemoval() => this with { Value = null };
}
