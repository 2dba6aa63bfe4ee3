using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

internal static class DirectoryLoads
{
    /// <summary>What all backends that are in the directory have in flight.</summary>
    public static long InFlight(this BackendDirectory directory) => directory.Current.All.Sum(static status => status.Backend.InFlight);
}
