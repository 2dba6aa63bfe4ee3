using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>All backends of a pipeline at one moment; never changes, is replaced as a whole.</summary>
public sealed class BackendSet
{
    internal static readonly BackendSet Empty = new([], unknownIsEligible: false, version: 0);

    internal BackendSet(ImmutableArray<BackendStatus> all, bool unknownIsEligible, long version)
    {
        All = all;
        Version = version;
        Eligible = [.. all.Where(status => IsEligible(status, unknownIsEligible))];
        EveryoneHasVerdict = unknownIsEligible || all.All(status => status.Health != BackendHealth.Unknown);
    }

    /// <summary>Every backend, in the order of their configuration.</summary>
    public ImmutableArray<BackendStatus> All { get; }

    /// <summary>Those that may be picked now.</summary>
    public ImmutableArray<BackendStatus> Eligible { get; }

    /// <summary>Grows with every change: of two sets the one with the higher version is newer.</summary>
    public long Version { get; }

    /// <summary>Whether every backend has been probed at least once, or probing is off.</summary>
    public bool EveryoneHasVerdict { get; }

    private static bool IsEligible(BackendStatus status, bool unknownIsEligible) =>
        !status.IsDraining
        && status.Weight > 0
        && (status.Health == BackendHealth.Healthy || (unknownIsEligible && status.Health == BackendHealth.Unknown));
}
