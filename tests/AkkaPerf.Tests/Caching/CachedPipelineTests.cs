using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Caching;

/// <summary>The cache as a caller sees it, through a whole pipeline.</summary>
public abstract class CachedPipelineTests : IAsyncLifetime
{
    private readonly TestPipeline<string, string> _pipeline;
    private TaskCompletionSource<string> _load = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _token;
    private int _loads;

    protected CachedPipelineTests(IslandMode mode) => _pipeline = TestPipeline.Start<string, string>(
        builder => builder
            .Configure(options => (options.Cache.MaxJoiners, options.Cache.Ttl) = (3, TimeSpan.FromMinutes(1)))
            .CacheBy(id => id)
            .HandleExchange(HandleAsync),
        options => options.Fuzzing = mode == IslandMode.Fuzzed);

    private int Loads => Volatile.Read(ref _loads);

    private Func<IExchangeContext<string>, bool> AnswersEarly { get; set; } = static _ => false;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _load.TrySetResult("over");
        await _pipeline.AssertIdleAsync();
        await _pipeline.DisposeAsync();
    }

    [Fact]
    public async Task Many_who_ask_at_once_cause_one_load()
    {
        var sending = await SendAsync(4);

        _load.SetResult("value");

        Assert.All(await Task.WhenAll(sending), outcome => Assert.Equal("value", outcome.Value));
        Assert.Equal(1, Loads);
        Assert.Equal("value", (await _pipeline.Pipeline.TrySendAsync("k")).Value);
        Assert.Equal((3L, 1L), (_pipeline.Pipeline.Describe().Cache!.Joined, _pipeline.Pipeline.Describe().Cache!.Hits));
    }

    [Fact]
    public async Task A_value_lives_as_long_as_it_should()
    {
        _load.SetResult("value");
        await _pipeline.Pipeline.SendAsync("k");
        _pipeline.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        await _pipeline.Pipeline.SendAsync("k");
        Assert.Equal(1, Loads);

        _pipeline.Advance(TimeSpan.FromTicks(1));
        await _pipeline.Pipeline.SendAsync("k");

        Assert.Equal(2, Loads);
    }

    [Fact]
    public async Task When_the_first_gives_up_the_others_get_the_value()
    {
        using var cancellation = new CancellationTokenSource();
        var first = _pipeline.Pipeline.TrySendAsync("k", cancellation.Token).AsTask();
        await _pipeline.UntilAsync(() => Loads == 1, "the load to start");
        var second = _pipeline.Pipeline.TrySendAsync("k").AsTask();
        await _pipeline.UntilAsync(() => _pipeline.Pipeline.Describe().Waiting.Joined == 1, "the second to join");

        await cancellation.CancelAsync();
        Assert.Equal(RefusalReason.Cancelled, (await first).Reason);
        _load.SetResult("value");

        Assert.Equal("value", (await second).Value);
    }

    [Fact]
    public async Task When_everybody_has_given_up_the_load_is_cancelled()
    {
        var sending = await SendAsync(2);

        _pipeline.Advance(TimeSpan.FromSeconds(30));

        Assert.All(await Task.WhenAll(sending), outcome => Assert.Equal(RefusalReason.DeadlinePassed, outcome.Reason));
        await _pipeline.UntilAsync(() => _token.IsCancellationRequested, "the load to be cancelled");
        await _pipeline.UntilAsync(() => _pipeline.Pipeline.Describe() is { Zombies: 1, Permits.InUse: 1 }, "its permit to be held as long as it runs");
    }

    [Fact]
    public async Task A_fault_reaches_everybody_and_is_not_kept()
    {
        var sending = await SendAsync(3);
        var fault = new InvalidOperationException("no");

        _load.SetException(fault);

        Assert.All(await Task.WhenAll(sending), outcome => Assert.Same(fault, outcome.Exception));
        _load = new TaskCompletionSource<string>();
        _load.SetResult("fine");
        Assert.Equal("fine", (await _pipeline.Pipeline.TrySendAsync("k")).Value);
    }

    [Fact]
    public async Task After_an_answer_that_cannot_be_shared_everybody_asks_for_himself()
    {
        var sending = await SendAsync(3);
        AnswersEarly = static context => context.TryAnswer("own");

        _load.SetResult("own");

        Assert.All(await Task.WhenAll(sending), outcome => Assert.Equal("own", outcome.Value));
        Assert.Equal(3, Loads);
    }

    private async ValueTask<string> HandleAsync(string request, IExchangeContext<string> context)
    {
        _token = context.CancellationToken;
        Interlocked.Increment(ref _loads);
        var value = await _load.Task;
        AnswersEarly(context);
        return value;
    }

    private async Task<Task<Outcome<string>>[]> SendAsync(int count)
    {
        var sending = Enumerable.Range(0, count).Select(_ => _pipeline.Pipeline.TrySendAsync("k").AsTask()).ToArray();
        await _pipeline.UntilAsync(() => Loads == 1 && _pipeline.Pipeline.Describe().Waiting.Joined == count - 1, $"{count - 1} to join one load");
        return sending;
    }

    public sealed class Plain() : CachedPipelineTests(IslandMode.Plain);

    public sealed class Fuzzed() : CachedPipelineTests(IslandMode.Fuzzed);
}
