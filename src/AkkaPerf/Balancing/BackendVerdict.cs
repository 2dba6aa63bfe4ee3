using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Balancing;

/// <summary>What the end of an exchange says of its backend.</summary>
internal static class BackendVerdict
{
    // One that others wait for goes on though its own caller has left. A load that answered early has given its result away, and may have failed since.
    public static BackendOutcome Of(Exchange exchange)
    {
        if (exchange.IsBackendBlamed)
        {
            return BackendOutcome.Failure;
        }

        if (exchange.HasHandlerFailed)
        {
            // Told to stop: by the deadline, so it was too late, or by its caller, which tells nothing but how long it took until then.
            return exchange.IsExpired && !exchange.Fast.IsFollowed ? BackendOutcome.Timeout
                : exchange.ConnectFailed ? BackendOutcome.Unreachable
                : IsLeft(exchange) && !exchange.IsAnsweredEarly && !exchange.Fast.IsFollowed ? BackendOutcome.Cancelled
                : BackendOutcome.Failure;
        }

        if (exchange.IsAnsweredEarly || exchange.ResultKind == OutcomeKind.Value)
        {
            return exchange.IsExpired && !exchange.Fast.IsFollowed ? BackendOutcome.Timeout : BackendOutcome.Success;
        }

        return exchange.ConnectFailed ? BackendOutcome.Unreachable : BackendOutcome.Inconclusive;
    }

    // A try may end, with what it was to send gone already, before it is told that the one it was made for has an answer.
    private static bool IsLeft(Exchange exchange) => exchange.IsAnswered || exchange is { Tries.IsTry: true, Leader.IsAnswered: true };
}
