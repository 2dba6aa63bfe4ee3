using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Redis;

/// <summary>Puts Redis as a second level into an application's container.</summary>
public static class RedisServices
{
    /// <summary>Lets pipelines have <c>cache.l2.provider = redis</c>; <c>connection</c> is a StackExchange.Redis configuration, such as <c>host:6379</c>.</summary>
    public static IServiceCollection AddAkkaPerfRedis(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddSingleton<ISecondLevelProvider, RedisSecondLevel>();
    }
}
