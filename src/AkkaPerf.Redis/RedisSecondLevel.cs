using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AkkaPerf.Redis;

/// <summary>Makes stores of Microsoft's Redis cache, set up so that a server that is away is noticed at once and comes back by itself.</summary>
internal sealed class RedisSecondLevel : ISecondLevelProvider
{
    public L2Provider Provider => L2Provider.Redis;

    public IDistributedCache Create(L2Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RedisCache(Options.Create(new RedisCacheOptions { ConfigurationOptions = Configure(options) }));
    }

    private static ConfigurationOptions Configure(L2Options options)
    {
        var configuration = ConfigurationOptions.Parse(options.Connection);
        if (configuration.EndPoints.Count == 0)
        {
            throw new ArgumentException("There is no server in the connection.", nameof(options));
        }

        configuration.ClientName ??= "akkaperf";

        // What could not be sent must fail: sent later, out of a backlog, it would land on what the journal has replayed since.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;

        // A server that is away when the application starts must not be given up.
        configuration.AbortOnConnectFail = false;
        if (!Says(options, "asyncTimeout"))
        {
            // Nobody waits for longer, and what is left behind should end.
            configuration.AsyncTimeout = (int)Math.Ceiling(options.HardTimeout.TotalMilliseconds);
        }

        return configuration;
    }

    private static bool Says(L2Options options, string key) => options.Connection.Contains(key, StringComparison.OrdinalIgnoreCase);
}
