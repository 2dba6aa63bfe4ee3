using AkkaPerf.Pipeline;
using Polly;
using Polly.Hedging;
using Polly.Retry;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>What it costs to be ready for a second try that is not needed.</summary>
internal static class RetryScenario
{
    private const int Requests = 48_000;

    public static MicroScenario Create(MicroBench bench)
    {
        var never = bench.Start<string, string>(static builder => builder
            .Configure(static options => Balance(options).Retry.Attempts = 0)
            .Handle(Handlers.CompleteAtOnceAsync));
        var retrying = bench.Start<string, string>(static builder => builder
            .Configure(static options => Balance(options))
            .RetryWhen(static _ => true)
            .Handle(Handlers.CompleteAtOnceAsync));
        var hedging = bench.Start<string, string>(static builder => builder
            .Configure(static options => Balance(options).Hedge.Enabled = true)
            .RetryWhen(static _ => true)
            .Handle(Handlers.CompleteAtOnceAsync));
        var retry = new ResiliencePipelineBuilder<string>().AddRetry(new RetryStrategyOptions<string>()).Build();
        var hedge = new ResiliencePipelineBuilder<string>().AddHedging(new HedgingStrategyOptions<string>()).Build();
        var five = MissScenarios.PollysFive();
        return MicroScenario.ByCallers(
            "ready to try again: 2 backends, handler completes at once",
            Call(bench, "AkkaPerf, balancing without retries", key => never.SendAsync(key)),
            Call(bench, "AkkaPerf, with retries", key => retrying.SendAsync(key)),
            Call(bench, "AkkaPerf, with hedges", key => hedging.SendAsync(key)),
            Call(bench, "Polly's retry alone", key => retry.ExecuteAsync(Handlers.CompleteAtOnceAsync, key, CancellationToken.None)),
            Call(bench, "Polly's hedging alone", key => hedge.ExecuteAsync(Handlers.CompleteAtOnceAsync, key, CancellationToken.None)),
            Call(bench, "Polly's five", key => five.ExecuteAsync(Handlers.CompleteAtOnceAsync, key, CancellationToken.None)));
    }

    private static PipelineOptions Balance(PipelineOptions options)
    {
        options.Health.Enabled = false;
        options.Backends.Add(new() { Id = "a", Address = new Uri("tcp://a") });
        options.Backends.Add(new() { Id = "b", Address = new Uri("tcp://b") });
        return options;
    }

    private static Work Call(MicroBench bench, string name, Func<string, ValueTask<string>> send) =>
        Work.Of(name, Requests, i => send(bench.KeyOf(i)), (i, answer) => answer == bench.KeyOf(i));
}
