using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Finds the serializer of a type: one registered for it, else one that a registered factory makes, else a built-in one.</summary>
internal sealed class SerializerResolver
{
    private readonly IServiceProvider? _services;

    /// <param name="services">Null: only the built-in ones.</param>
    public SerializerResolver(IServiceProvider? services) => _services = services;

    public IHybridCacheSerializer<TValue> Get<TValue>()
    {
        if (_services?.GetService<IHybridCacheSerializer<TValue>>() is { } registered)
        {
            return registered;
        }

        // As everywhere in the container, the last one registered comes first.
        foreach (var factory in _services?.GetServices<IHybridCacheSerializerFactory>().Reverse() ?? [])
        {
            if (factory.TryCreateSerializer<TValue>(out var made))
            {
                return made;
            }
        }

        object builtIn = typeof(TValue) == typeof(string) ? new TextSerializer()
            : typeof(TValue) == typeof(byte[]) ? new BytesSerializer()
            : new JsonValueSerializer<TValue>();
        return (IHybridCacheSerializer<TValue>)builtIn;
    }
}
