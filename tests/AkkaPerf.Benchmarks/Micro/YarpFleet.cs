using AkkaPerf.Benchmarks.Balancing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>YARP's own policies over YARP's own destinations, of which as many are in flight as of ours.</summary>
internal sealed class YarpFleet
{
    private static readonly DefaultHttpContext Context = new();

    private readonly ILoadBalancingPolicy _policy;
    private readonly ClusterState _cluster = new("cluster");
    private readonly DestinationState[] _destinations;
    private readonly DestinationState?[] _inFlight = new DestinationState?[Fleet.InFlight];
    private int _next;

    public YarpFleet(int size, ILoadBalancingPolicy policy)
    {
        _policy = policy;
        _destinations = [.. Enumerable.Range(0, size).Select(static i => new DestinationState($"backend-{i}"))];
    }

    public static IReadOnlyList<ILoadBalancingPolicy> Policies(MicroBench bench)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddReverseProxy();
        return [.. bench.Own(services.BuildServiceProvider()).GetServices<ILoadBalancingPolicy>()];
    }

    /// <exception cref="InvalidOperationException">None was found.</exception>
    public DestinationState Pick()
    {
        ref var slot = ref _inFlight[_next++ & (Fleet.InFlight - 1)];
        if (slot is not null)
        {
            slot.ConcurrentRequestCount--;
        }

        slot = _policy.PickDestination(Context, _cluster, _destinations) ?? throw new InvalidOperationException("No destination was found.");
        slot.ConcurrentRequestCount++;
        return slot;
    }
}
