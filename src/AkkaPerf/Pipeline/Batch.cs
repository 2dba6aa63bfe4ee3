using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>Sends many requests through one pipeline, so many at a time that a batch never fills the waiting room by itself.</summary>
internal static class Batch<TRequest, TResponse>
{
    public static async Task<IReadOnlyList<Outcome<TResponse>>> SendAsync(
        IWaitingSender<TRequest, TResponse> pipeline, IReadOnlyList<TRequest> requests, int atOnce, CancellationToken cancellationToken)
    {
        var outcomes = new Outcome<TResponse>[requests.Count];
        var next = -1;
        var workers = new Task[Math.Min(atOnce, requests.Count)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = WorkAsync();
        }

        await Task.WhenAll(workers).ConfigureAwait(false);
        return outcomes;

        async Task WorkAsync()
        {
            while (true)
            {
                var index = Interlocked.Increment(ref next);
                if (index >= outcomes.Length)
                {
                    return;
                }

                outcomes[index] = await pipeline.SendWaitingAsync(requests[index], cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
