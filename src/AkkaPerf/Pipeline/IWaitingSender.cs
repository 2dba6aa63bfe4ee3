using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>Sends what batches and flows consist of.</summary>
internal interface IWaitingSender<TRequest, TResponse>
{
    /// <summary>Sends one: waits for room whatever <c>when-full</c> says, runs on the thread pool, throws nothing.</summary>
    ValueTask<Outcome<TResponse>> SendWaitingAsync(TRequest request, CancellationToken cancellationToken);
}
