using Akka.Actor;
using Akka.Configuration;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using Polly;
using Polly.RateLimiting;
using Polly.Timeout;

namespace AkkaPerf.Benchmarks.Overload;

/// <summary>The contenders, all with the same permits, waiting room and deadline where they have such a thing.</summary>
internal static class Guards
{
    public const int Permits = 20;
    public const int Queue = Permits / 4;

    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(100);

    public static IReadOnlyList<(string Name, Func<QueueingServer, Guard> Create)> All { get; } =
    [
        ("AkkaPerf", AkkaPerf),
        ("SemaphoreSlim, waits until the deadline", Semaphore),
        ("Polly's concurrency limiter and timeout", Polly),
        ("no protection", None),
    ];

    /// <summary>Asks the server whatever it does, and waits however long it takes.</summary>
    public static Guard None(QueueingServer server) => new("no protection", async request =>
        await server.AskAsync(request, CancellationToken.None) == request ? Ending.Answered : Ending.None);

    private static Guard AkkaPerf(QueueingServer server)
    {
        var system = ActorSystem.Create("overload", ConfigurationFactory.ParseString("akka.loglevel = ERROR"));
        var builder = new PipelineBuilder<int, int>();
        builder.Handle(server.AskAsync);
        var options = new PipelineOptions { Timeout = Deadline };
        options.Throttle.Concurrency = Permits;
        options.Throttle.Queue = Queue;
        var pipeline = PipelineStarter.Start(system, "overload", options, builder.Build("overload")).Pipeline;
        return new Guard("AkkaPerf", SendAsync, system.Terminate);

        async ValueTask<Ending> SendAsync(int request)
        {
            var outcome = await pipeline.TrySendAsync(request).ConfigureAwait(false);
            return outcome.IsSuccess ? Ending.Answered : outcome.Reason == RefusalReason.DeadlinePassed ? Ending.TimedOut : Ending.Refused;
        }
    }

    private static Guard Semaphore(QueueingServer server)
    {
        // Not ended: requests may still leave it when the run is over, and it holds nothing.
        var semaphore = new SemaphoreSlim(Permits);
        return new Guard("SemaphoreSlim, waits until the deadline", SendAsync);

        async ValueTask<Ending> SendAsync(int request)
        {
            if (!await semaphore.WaitAsync(Deadline).ConfigureAwait(false))
            {
                return Ending.TimedOut;
            }

            try
            {
                await server.AskAsync(request, CancellationToken.None).ConfigureAwait(false);
                return Ending.Answered;
            }
            finally
            {
                semaphore.Release();
            }
        }
    }

    private static Guard Polly(QueueingServer server)
    {
        var pipeline = new ResiliencePipelineBuilder().AddTimeout(Deadline).AddConcurrencyLimiter(Permits, Queue).Build();
        return new Guard("Polly's concurrency limiter and timeout", SendAsync);

        async ValueTask<Ending> SendAsync(int request)
        {
            try
            {
                await pipeline.ExecuteAsync(static (state, token) => state.server.AskAsync(state.request, token), (server, request), CancellationToken.None).ConfigureAwait(false);
                return Ending.Answered;
            }
            catch (RateLimiterRejectedException)
            {
                return Ending.Refused;
            }
            catch (TimeoutRejectedException)
            {
                return Ending.TimedOut;
            }
        }
    }
}
