using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Hosting;

/// <summary>Serves <c>cache.l2.provider = given</c> with one store for all, which belongs to the container or the user.</summary>
internal sealed class GivenSecondLevel : ISecondLevelProvider
{
    private readonly IDistributedCache _store;

    public GivenSecondLevel(IDistributedCache store) => _store = store;

    public L2Provider Provider => L2Provider.Given;

    public bool IsShared => true;

    public IDistributedCache Create(L2Options options) => _store;
}
