using System.CommandLine;
using AkkaPerf.Hosting;

namespace AkkaPerf.Gateway;

/// <summary>The command line: checks the configuration before anything is built, then checks only, or runs.</summary>
internal static class GatewayCommand
{
    private const int Failure = 1;

    public static Task<int> RunAsync(string[] args)
    {
        var files = new Option<string[]>("--config")
        {
            Description = "A HOCON file laid over the reference; may be repeated, later wins.",
            HelpName = "FILE",
        };
        var check = new Option<bool>("--check") { Description = "Print the effective configuration and where each value comes from, and exit." };
        var root = new RootCommand("A reverse proxy with cache, limits, balancing and health checks in one pipeline.") { files, check };
        root.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(files) ?? [], parsed.GetValue(check), cancellationToken));

        // The host handles the signals: it has something to finish.
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static async Task<int> RunAsync(string[] files, bool onlyChecks, CancellationToken cancellationToken)
    {
        var configuration = GatewayConfiguration.Load(files);
        if (configuration.Faults.Count > 0)
        {
            return await FailAsync(configuration.Faults).ConfigureAwait(false);
        }

        if (onlyChecks)
        {
            await configuration.PrintAsync(Console.Out).ConfigureAwait(false);
            return 0;
        }

        if (ServerRuntime.ProblemOf(ServerRuntime.Version) is { } problem)
        {
            await Console.Error.WriteLineAsync($"The gateway does not start: {problem}.").ConfigureAwait(false);
            return Failure;
        }

        try
        {
            await GatewayHost.RunAsync(configuration, cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (InvalidConfigurationException exception)
        {
            return await FailAsync(exception.Faults).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            // A listener that cannot be bound; the message says which and why.
            await Console.Error.WriteLineAsync($"The gateway cannot start: {exception.Message}").ConfigureAwait(false);
            return Failure;
        }
    }

    private static async Task<int> FailAsync(IEnumerable<ConfigurationFault> faults)
    {
        foreach (var fault in faults)
        {
            await Console.Error.WriteLineAsync(fault.ToString()).ConfigureAwait(false);
        }

        return Failure;
    }
}
