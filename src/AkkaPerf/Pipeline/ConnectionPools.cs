using AkkaPerf.Connections;

namespace AkkaPerf.Pipeline;

/// <summary>Makes the start of a kind of connection's pools independent of that kind.</summary>
internal static class ConnectionPools
{
    public static PoolsFactory FactoryFor<TConnection>(IConnectionFactory<TConnection> factory)
        where TConnection : class =>
        (_, _, _, _, _, _) => throw new NotSupportedException(factory.ToString());
}
