using System.ComponentModel.DataAnnotations;
using Akka.Actor;

namespace AkkaPerf.Connections;

/// <summary>Starts connection pools that are used by themselves, without a pipeline.</summary>
public static class ConnectionPool
{
    /// <summary>Starts a pool of connections to one address, driven by an actor of that name.</summary>
    /// <param name="system">Where its actors run.</param>
    /// <param name="name">Its name: letters, digits, '.', '_' and '-'.</param>
    /// <param name="factory">What opens its connections.</param>
    /// <param name="address">Where they lead.</param>
    /// <param name="options">Its limits; later changes have no effect.</param>
    /// <param name="time">Its clock; null means the system's.</param>
    /// <exception cref="ValidationException">An option is out of its range.</exception>
    /// <exception cref="InvalidActorNameException">The name is taken, or is none.</exception>
    public static ConnectionPool<TConnection> Start<TConnection>(
        ActorSystem system,
        string name,
        IConnectionFactory<TConnection> factory,
        Uri address,
        ConnectionOptions options,
        TimeProvider? time = null)
        where TConnection : class
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options, factory.IsShared);
        return new ConnectionPool<TConnection>(system, name, factory, address, options, time ?? TimeProvider.System);
    }

    private static void Validate(ConnectionOptions options, bool isShared)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        var most = isShared ? 0 : options.MaxPerBackend;
        if (options.MinIdle > most)
        {
            throw new ValidationException(
                $"{nameof(options.MinIdle)} is {options.MinIdle}, but may be {most} at most{(isShared ? ": this factory's connections are slots" : "")}.");
        }
    }
}
