namespace AkkaPerf.Backends;

/// <summary>Two options are the same if every value is.</summary>
internal sealed class BackendOptionsComparer : IEqualityComparer<BackendOptions>
{
    public static readonly BackendOptionsComparer Instance = new();

    public static BackendOptions Copy(BackendOptions options) => new()
    {
        Id = options.Id,
        Address = options.Address,
        Host = options.Host,
        Resolve = options.Resolve,
        Weight = options.Weight,
        Priority = options.Priority,
        Zone = options.Zone,
        MaxInFlight = options.MaxInFlight,
        MaxConnections = options.MaxConnections,
        Enabled = options.Enabled,
        FoundBy = options.FoundBy,
    };

    public bool Equals(BackendOptions? one, BackendOptions? other) =>
        ReferenceEquals(one, other) || (one is not null && other is not null && Values(one) == Values(other));

    public int GetHashCode(BackendOptions options) => Values(options).GetHashCode();

    private static (string, Uri?, string, TimeSpan, (int, int, string), (int, int, bool)) Values(BackendOptions options) => (
        options.Id, options.Address, options.Host, options.Resolve, (options.Weight, options.Priority, options.Zone),
        (options.MaxInFlight, options.MaxConnections, options.Enabled));
}
