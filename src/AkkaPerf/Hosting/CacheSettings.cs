using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Hosting;

/// <summary>Where the caches of a container are configured: its <see cref="ConfigurationStack"/> if it has one, else its actor system's HOCON if it has one; the environment in any case.</summary>
internal sealed class CacheSettings(IServiceProvider services)
{
    // Threads that wait for the actor system here: it may need the very cache that waits for it, on the same thread.
    private readonly ThreadLocal<bool> _isWaiting = new();

    public ConfigurationStack Read()
    {
        if (services.GetService<ConfigurationStack>() is { } given)
        {
            return given;
        }

        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(ActorSystem)) != true)
        {
            return new ConfigurationStack([ConfigurationSource.Reference, ConfigurationSource.FromEnvironment()]);
        }

        if (_isWaiting.Value)
        {
            throw new InvalidOperationException(
                "A cache is configured by the actor system's HOCON, so it cannot be asked for inside AddAkka(…): ask for it in the handler, or register a ConfigurationStack.");
        }

        _isWaiting.Value = true;
        try
        {
            return ConfigurationStack.FromActorSystem(services.GetRequiredService<ActorSystem>());
        }
        finally
        {
            _isWaiting.Value = false;
        }
    }
}
