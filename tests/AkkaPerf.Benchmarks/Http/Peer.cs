namespace AkkaPerf.Benchmarks.Http;

/// <summary>A proxy that may take part.</summary>
/// <param name="Name">In tables.</param>
/// <param name="Program">What must be on the machine for it.</param>
/// <param name="Start">Starts it on three free ports from the given one on, before the origin.</param>
internal sealed record Peer(string Name, string Program, Func<Site, int, ProxyProcess> Start)
{
    /// <summary>Whether its code is compiled as it runs, so that it is slower at first.</summary>
    public bool IsJitted => Program == "dotnet";
}
