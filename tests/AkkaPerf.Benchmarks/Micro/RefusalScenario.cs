using System.Threading.RateLimiting;
using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using Polly;
using Polly.RateLimiting;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>Refusals where every permit is taken and nobody may wait.</summary>
internal static class RefusalScenario
{
    private const int Requests = 480_000;

    // An exception each.
    private const int SlowRequests = 4_000;

    public static MicroScenario Create(MicroBench bench)
    {
        var full = Full(bench);
        var limiter = bench.Own(new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 0 }));
        bench.Own(limiter.AttemptAcquire());
        var polly = new ResiliencePipelineBuilder().AddRateLimiter(limiter).Build();
        var semaphore = bench.Own(new SemaphoreSlim(0, 1));
        return MicroScenario.ByCallers(
            "refusal",
            Work.Of("AkkaPerf TrySendAsync", Requests, _ => full.TrySendAsync("x"), static (_, outcome) => outcome.Reason == RefusalReason.QueueFull),
            Work.Of("AkkaPerf SendAsync, an exception", SlowRequests, _ => SendAsync(full), static (_, isRefused) => isRefused),
            Work.Of("ConcurrencyLimiter AttemptAcquire", Requests, _ => new ValueTask<bool>(limiter.AttemptAcquire().IsAcquired), static (_, isAcquired) => !isAcquired),
            Work.Of("Polly's concurrency limiter, an exception", SlowRequests, _ => SendAsync(polly), static (_, isRefused) => isRefused),
            Work.Of("SemaphoreSlim Wait(0)", Requests, _ => new ValueTask<bool>(semaphore.Wait(0)), static (_, isAcquired) => !isAcquired),
            Work.Of("nothing: the loop itself", Requests, static _ => new ValueTask<bool>(true), static (_, _) => true));
    }

    private static async ValueTask<bool> SendAsync(RequestPipeline<string, string> full)
    {
        try
        {
            await full.SendAsync("x");
            return false;
        }
        catch (RequestRejectedException)
        {
            return true;
        }
    }

    private static async ValueTask<bool> SendAsync(ResiliencePipeline polly)
    {
        try
        {
            await polly.ExecuteAsync(static _ => default);
            return false;
        }
        catch (RateLimiterRejectedException)
        {
            return true;
        }
    }

    private static RequestPipeline<string, string> Full(MicroBench bench)
    {
        var never = new TaskCompletionSource<string>();
        var pipeline = bench.Start<string, string>(builder => builder
            .Configure(static options =>
            {
                options.Throttle.Concurrency = 1;
                options.Throttle.Queue = 0;
                options.Timeout = TimeSpan.FromHours(1);
            })
            .Handle((_, _) => never.Task));
        _ = pipeline.TrySendAsync("holds the permit").AsTask();
        while (pipeline.TrySendAsync("x").AsTask() is not { IsCompleted: true, Result.Reason: RefusalReason.QueueFull })
        {
            Thread.Yield();
        }

        return pipeline;
    }
}
