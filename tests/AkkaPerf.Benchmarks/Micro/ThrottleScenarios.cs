using System.Threading.Channels;
using System.Threading.RateLimiting;
using Akka.Streams;
using Akka.Streams.Dsl;
using AkkaPerf.Pipeline;
using Polly;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>256 permits, a pipeline without a cache, beside what else limits calls.</summary>
internal static class ThrottleScenarios
{
    private const int Requests = 48_000;
    private const int Permits = 256;
    private const int Queue = 1_024;

    public static MicroScenario YieldingOnce(MicroBench bench) => MicroScenario.ByCallers(
        "throttle alone: 256 permits, handler yields once", [.. Limiters(bench, Handlers.YieldOnceAsync), .. Streams(bench)]);

    public static MicroScenario AtOnce(MicroBench bench) => MicroScenario.ByCallers(
        "throttle alone: 256 permits, handler completes at once", [.. Limiters(bench, Handlers.CompleteAtOnceAsync)]);

    private static Work[] Limiters(MicroBench bench, Func<string, CancellationToken, ValueTask<string>> handle)
    {
        var pipeline = bench.Start<string, string>(builder => builder.Handle(handle));
        var pool = bench.Start<string, string>(builder => builder.Configure(static options => options.Dispatcher = DispatcherKind.Pool).Handle(handle));
        var semaphore = bench.Own(new SemaphoreSlim(Permits));
        var limiter = bench.Own(new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = Permits, QueueLimit = Queue }));
        var polly = new ResiliencePipelineBuilder<string>().AddConcurrencyLimiter(Permits, Queue).Build();
        return
        [
            Call(bench, "AkkaPerf, inline", key => pipeline.SendAsync(key)),
            Call(bench, "AkkaPerf, pool", key => pool.SendAsync(key)),
            Call(bench, "SemaphoreSlim", WithSemaphoreAsync),
            Call(bench, "ConcurrencyLimiter", WithLimiterAsync),
            Call(bench, "Polly's concurrency limiter", key => polly.ExecuteAsync(handle, key, CancellationToken.None)),
        ];

        async ValueTask<string> WithSemaphoreAsync(string key)
        {
            await semaphore.WaitAsync();
            try
            {
                return await handle(key, default);
            }
            finally
            {
                semaphore.Release();
            }
        }

        async ValueTask<string> WithLimiterAsync(string key)
        {
            using var lease = await limiter.AcquireAsync();
            return lease.IsAcquired ? await handle(key, default) : throw new InvalidOperationException("There was a place to wait.");
        }
    }

    // What Akka has for it: a way in from anywhere, and so many calls at once, in order.
    private static Work[] Streams(MicroBench bench)
    {
        var calls = Flow.Create<StreamCall>().SelectAsync(Permits, static async call =>
        {
            call.TrySetResult(await Handlers.YieldOnceAsync(call.Key, default));
            return call;
        });
        var materializer = bench.System.Materializer();
        var queue = Source.Queue<StreamCall>(4 * Queue, OverflowStrategy.DropNew).Via(calls).To(Sink.Ignore<StreamCall>().MapMaterializedValue(static _ => Akka.NotUsed.Instance)).Run(materializer);
        var channel = Channel.CreateBounded<StreamCall>(4 * Queue);
        _ = ChannelSource.FromReader(channel.Reader).Via(calls).RunWith(Sink.Ignore<StreamCall>(), materializer);
        return
        [
            Call(bench, "Akka Source.Queue + SelectAsync", async key =>
            {
                var call = new StreamCall(key);
                return await queue.OfferAsync(call) is QueueOfferResult.Enqueued ? await call.Task : throw new InvalidOperationException("There was a place in the queue.");
            }),
            Call(bench, "Akka ChannelSource + SelectAsync", async key =>
            {
                var call = new StreamCall(key);
                await channel.Writer.WriteAsync(call);
                return await call.Task;
            }),
        ];
    }

    private static Work Call(MicroBench bench, string name, Func<string, ValueTask<string>> send) =>
        Work.Of(name, Requests, i => send(bench.KeyOf(i)), (i, answer) => answer == bench.KeyOf(i));
}
